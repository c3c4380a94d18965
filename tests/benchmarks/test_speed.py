import speed


def test_the_summary_is_for_thirty_seconds_of_sound_and_relative_to_decoding() -> None:
    took = {
        speed.DECODE: [speed.Took(0.2, 0.2), speed.Took(9.0, 0.2), speed.Took(0.2, 0.2)],
        speed.RESAMPLE: [speed.Took(0.3, 0.3)] * 3,
        speed.PREDICT: [speed.Took(1.0, 0.9)] * 3,
    }
    rows = {str(row["contender"]): row for row in speed.summarize(took, sound_s=60.0)}
    assert rows[speed.DECODE]["ms"] == 100
    assert rows[speed.DECODE]["slowest round, ms"] == 4500
    assert rows[speed.PREDICT]["processor ms"] == 450
    assert rows[speed.PREDICT]["x real time"] == 60
    assert rows[speed.PREDICT]["times decode"] == 5
    parts = {str(row["part"]): (row["ms"], row["share"]) for row in speed.shares(took, sound_s=60.0)}
    assert parts == {"decode": (100.0, "20%"), "resample": (50.0, "10%"), "graph and answer": (350.0, "70%")}
