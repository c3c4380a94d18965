"""Messages name the file and what to do."""

from genrescope.errors import ERROR_KINDS, AudioError, GenrescopeError, MissingExtraError


def test_the_kinds_of_the_contract() -> None:
    kinds = "not_found no_permission is_folder empty not_audio no_audio_stream damaged too_short silent unsupported"
    assert sorted(ERROR_KINDS) == sorted([*kinds.split(), "timeout", "too_large"])


def test_an_audio_error_is_a_line_of_output() -> None:
    error = AudioError("silent", "a.mp3", "nothing to hear.")
    assert isinstance(error, GenrescopeError)
    assert error.to_dict() == {"path": "a.mp3", "error": {"kind": "silent", "message": "nothing to hear."}}


def test_an_audio_error_travels_between_processes() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(AudioError("silent", "a.mp3", "nothing to hear.")))  # noqa: S301 - our own bytes
    assert (error.kind, error.path, error.message) == ("silent", "a.mp3", "nothing to hear.")


def test_a_missing_extra_is_named() -> None:
    assert "pip install 'genrescope[explore]'" in str(MissingExtraError("--plot", "explore"))
