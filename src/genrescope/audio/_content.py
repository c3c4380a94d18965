"""What a file's bytes say that it is, whatever its name says."""

import re

HEAD_BYTES = 4096

PCM_MAGIC = re.compile(
    rb"RIFF....WAVE|RIFX....WAVE|RF64....WAVE|riff\x2e\x91\xcf\x11|FORM....AIF[FC]|caff\0|\.snd|dns\.", re.S
)
"""Containers of plain samples, which libsndfile reads fastest and closest."""

CODED_MAGIC = re.compile(
    rb"fLaC|OggS|ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x00-\xef]|"  # flac, ogg and opus, mp3 (with its tag or bare)
    rb"\xff[\xf0\xf1\xf8\xf9]|....ftyp|....moov|\x1a\x45\xdf\xa3|"  # aac, mp4 and m4a, mkv and webm
    rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11|MAC |wvpk|TTA1|tBaK|MPCK|MP\+|\x0b\x77|DSD |FRM8|#!AMR|RIFF....AVI |FLV\x01|"
    rb"\.RMF|\x7f\xfe\x80\x01|G@.{186}G",
    re.S,
)
"""What begins like coded sound, or like a film that may hold some."""

SNDFILE_MAGIC = re.compile(rb"fLaC|OggS|ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]", re.S)
"""Coded sound that libsndfile reads where FFmpeg's libraries are not installed."""

OGG_MAGIC = re.compile(rb"OggS")

UNSUPPORTED = {
    b"MThd": "MIDI, which holds notes and no sound; render it to a WAV file first",
    b"OFR ": "OptimFROG, which only its own program decodes; convert it to FLAC first",
    b"Extended Module:": "a tracker module, which holds notes and no finished sound; render it to a WAV file first",
    b"IMPM": "a tracker module, which holds notes and no finished sound; render it to a WAV file first",
    b"LA02": "Lossless Audio, which only its own program decodes; convert it to FLAC first",
}

OTHERS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"SQLite format 3": "a database",
    b"\x00\x05\x16\x07": "a macOS companion file that holds no sound",
}

_WEB_PAGE = re.compile(rb"\s*<(!doctype\s+html|html|head|\?xml)", re.I)


def is_text(head: bytes) -> bool:
    """Tell whether a file's first bytes read as text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16; FF FE would also do for the start of an MP3 frame
        encoding = "utf-16"
        head = head[: len(head) // 2 * 2]
    else:
        encoding = "utf-8"
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end < len(head) - 4:  # more than a character that was cut at the end
            return False
        text = head[: error.start].decode(encoding)
    return bool(text) and all(letter.isprintable() or letter in "\t\n\r\f\v\x1b" for letter in text)


def unsupported(head: bytes) -> str | None:
    """Return what a file is whose kind no decoder here reads; None where that is not known."""
    return next((words for magic, words in UNSUPPORTED.items() if head.startswith(magic)), None)


def looks_like(head: bytes) -> str | None:
    """Return what a file is that is not sound; None where its bytes say nothing."""
    if not head.strip(b"\0"):
        return "nothing but zero bytes; a copy or a download that broke off leaves such files"
    for magic, words in OTHERS.items():
        if head.startswith(magic):
            return words
    if _WEB_PAGE.match(head):
        return "a web page; a download that was refused leaves such files"
    return "text" if is_text(head) else None
