"""The bundled model's genres, and how they are said in the words of the teachers and of the data sets.

One row a genre. `msd_tags` and `audioset` name what the teachers call it; `gtzan` and `fma` say in which of those data
sets' genres it would be found, as shares that sum to 1. A genre that neither data set has a near word for leaves its
share out (an empty tuple), and the confidences of the others are scaled up.
"""

from dataclasses import dataclass

import numpy as np

from genrescope.card import VocabularyMap
from genrescope.records import FloatArray

GTZAN = ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"]
"""GTZAN's genres, spelled as its folders."""

FMA = [
    "Blues", "Classical", "Country", "Easy Listening", "Electronic", "Experimental", "Folk", "Hip-Hop",
    "Instrumental", "International", "Jazz", "Old-Time / Historic", "Pop", "Rock", "Soul-RnB", "Spoken",
]  # fmt: skip
"""FMA's 16 top genres, spelled as its tables."""

Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Genre:
    """One genre and its other names."""

    label: str
    msd_tags: tuple[str, ...]
    audioset: tuple[str, ...]
    gtzan: Shares
    fma: Shares


def _one(name: str) -> Shares:
    return ((name, 1.0),)


GENRES: tuple[Genre, ...] = (
    Genre("Ambient", ("ambient", "chillout", "chill"), ("Ambient music", "New-age music"), (),
          (("Instrumental", 0.4), ("Experimental", 0.3), ("Electronic", 0.3))),
    Genre("Blues", ("blues",), ("Blues",), _one("blues"), _one("Blues")),
    Genre("Children's", (), ("Music for children", "Lullaby"), (), (("Pop", 0.5), ("Folk", 0.5))),
    Genre("Classical", (), ("Classical music", "String section", "Orchestra"), _one("classical"), _one("Classical")),
    Genre("Country", ("country",), ("Country", "Bluegrass"), _one("country"), _one("Country")),
    Genre("Disco", (), ("Disco",), _one("disco"), (("Soul-RnB", 0.5), ("Electronic", 0.5))),
    Genre("Drum & Bass", (), ("Drum and bass", "Dubstep"), (), _one("Electronic")),
    Genre("Easy Listening", ("easy listening",), ("Background music", "Christmas music"), (), _one("Easy Listening")),
    Genre("Electronic", ("electronic", "electronica", "electro"), ("Electronic music", "Electronica"),
          (), _one("Electronic")),
    Genre("Experimental", ("experimental",), (), (), _one("Experimental")),
    Genre("Folk", ("folk", "acoustic"), ("Folk music",), _one("country"), _one("Folk")),
    Genre("Funk", ("funk",), ("Funk",), _one("disco"), _one("Soul-RnB")),
    Genre("Gospel", (), ("Gospel music", "Christian music"), (), _one("Soul-RnB")),
    Genre("Hip-Hop", ("Hip-Hop",), ("Hip hop music", "Rapping", "Beatboxing"), _one("hiphop"), _one("Hip-Hop")),
    Genre("House", ("House", "dance"), ("House music", "Electronic dance music"), _one("disco"), _one("Electronic")),
    Genre("Indie", ("indie", "indie rock", "indie pop", "alternative"), ("Independent music",),
          (("rock", 0.5), ("pop", 0.5)), _one("Rock")),
    Genre("Jazz", ("jazz",), ("Jazz", "Swing music"), _one("jazz"), (("Jazz", 0.9), ("Old-Time / Historic", 0.1))),
    Genre("Latin", (), ("Music of Latin America", "Salsa music", "Flamenco"), (), _one("International")),
    Genre("Metal", ("metal", "heavy metal"), ("Heavy metal",), _one("metal"), _one("Rock")),
    Genre("Old-Time", ("oldies",), ("Traditional music",), (), _one("Old-Time / Historic")),
    Genre("Opera", (), ("Opera",), _one("classical"), _one("Classical")),
    Genre("Pop", ("pop", "catchy"), ("Pop music",), _one("pop"), _one("Pop")),
    Genre("Punk", ("punk",), ("Punk rock", "Grunge"), _one("rock"), _one("Rock")),
    Genre("Reggae", (), ("Reggae", "Ska"), _one("reggae"), _one("International")),
    Genre("R&B", ("rnb",), ("Rhythm and blues",), _one("pop"), _one("Soul-RnB")),
    Genre("Rock", ("rock", "classic rock", "hard rock", "alternative rock", "Progressive rock"),
          ("Rock music", "Progressive rock", "Rock and roll", "Psychedelic rock"), _one("rock"), _one("Rock")),
    Genre("Soul", ("soul",), ("Soul music",), (), _one("Soul-RnB")),
    Genre("Soundtrack", ("instrumental",), ("Soundtrack music", "Theme music", "Video game music"),
          _one("classical"), _one("Instrumental")),
    Genre("Techno", (), ("Techno", "Trance music"), (), _one("Electronic")),
    Genre("World", (), ("Music of Asia", "Music of Africa", "Afrobeat", "Middle Eastern music", "Carnatic music",
                        "Music of Bollywood"), (), _one("International")),
)  # fmt: skip

LABELS = [genre.label for genre in GENRES]


def _weights(targets: list[str], shares: list[Shares]) -> list[list[float]]:
    return [[dict(row).get(target, 0.0) for target in targets] for row in shares]


def vocabulary_maps() -> dict[str, VocabularyMap]:
    """Return the maps from our genres to GTZAN's and FMA's, as the model card carries them."""
    return {
        "gtzan": VocabularyMap(GTZAN, _weights(GTZAN, [genre.gtzan for genre in GENRES])),
        "fma": VocabularyMap(FMA, _weights(FMA, [genre.fma for genre in GENRES])),
    }


def membership(names: list[str], kind: str) -> FloatArray:
    """Return which teacher's outputs say which genre.

    Parameters
    ----------
    names : list of str
        The teacher's outputs in order.
    kind : {"msd_tags", "audioset"}
        Whose names they are.

    Returns
    -------
    ndarray of float32, shape (n_genres, n_names)
        1 where the output is a name of the genre.
    """
    table = np.zeros((len(GENRES), len(names)), np.float32)
    for row, genre in enumerate(GENRES):
        for name in getattr(genre, kind):
            table[row, names.index(name)] = 1.0
    return table
