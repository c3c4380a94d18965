"""Published splits of GTZAN: letter ``n`` of a genre says where clip ``n`` is.

``t`` training, ``v`` validation, ``e`` test, ``-`` in none of them.
"""

FILTERED = {
    "blues": "vvvvvvvvvvvveeeeeeeeeeeeeeeeetttttttttttttttttttttvvvvvvvvvvveeeeeeeeeeeetttttttttttttttttttttttttee",
    "classical": "vvvvvvvvvvveeeeeeeeeeeeeeeeeeetttteeeeeeee-ttttttettttttttttttttttttvvvvvvvvveeetttttttttttttttttttt",
    "country": "vvvvvvvv-vvvvvvvvvvttttttttvtteeeeeeeeeeevveeveeevee-eeeeeeeeeeeettttttttttttttttttttttttttttttttttt",
    "disco": "vevvvtvvvvvvvvvttttttetttttttttttttttt-tttttttvtvt--vtt-ttet-teeeeevvet-vttveeeeeeeeeeeeetveeeevee-e",
    "hiphop": "e-tttttttttttttttttttttttteettetttttttt-etteee-----eeeettttttteeeeeeeeeeeeee-ttttvvvvvvvvvvvvvvvvvve",
    "jazz": "ttvvvvvvvvvttttttttttttttvvvvvvvv--------t-----tttttttttttttttttttttttttteeeeeeeeeeeeeeeeeeeeeeeeeee",
    "metal": "vvtt-tvvvvvveeeevvvvvteeteeeeeeeee-tvvee------tttttttttttt-ttttttttevtetteeevvettvveteteettttttttttt",
    "pop": "eettttttttvttee-ttttt--ttttttt-tttttt-tttttet-t--tt--v-v--vvvvveeee--eeeeeeeeeeetvevvvv-eeeeeeeeettt",
    "reggae": "ttt-t-t--t-tt-ttttttttttttttttttt-eeeeeee-tttteeettteetttttttvvteeeeetvev-v-vvve--eeev-eeee-vvvvvvvv",
    "rock": "tttttttttteeeeeettttttttttteeeeeeeeeeeveeeeeeeeeevvvvvvvvttttttttttttttvvvvvvvvvvvvvvveeeeettttttttt",
}
"""Without repeats, mislabelled and distorted clips, and with each artist on one side: 443, 197 and 290 clips."""

STRATIFIED = {
    "blues": "ttttvetvvveteetevtttetveeettettevttvttttetvetvtttetveevtttvetvetetvtvttvtvtttevtvtveetvtttvtevtevtet",
    "classical": "tttttvvvvevttvtvetvetevtettvtevttveeeetvteeetevttttteeveettttetvttetvetvttvetvttttttttveevvtetvtttvt",
    "country": "vvetvvtttvtetttvttttveeeevvvttvetetttttttevvttvetteeeetvtevtvttteetttttvetteeeetttevvttvvtvevtttttve",
    "disco": "eeeveettetttetevtttttevttvttvvttvettttevvttvttvttevvtvtettevtevtttttetvevvvteeteetettvevttttvvevttet",
    "hiphop": "tetvevtveevttteevetvttteeetteettttetvvtvttevtttvvttvtttvttttteettevvtvevtttevtttvvvvtetetttetveeevtt",
    "jazz": "vvtettttvetvttttevevevvttvtttvtetetevetettvtvevvevtvtettvttttttvtveetetetettetettvvveeteettttttttvve",
    "metal": "teettetvvvttvttvtteteetttttttvevvvvetttvetevvteteteetvevteetttevvtevvetttvttttetettvettvttttetvvvtet",
    "pop": "evttteevetvtttvtvtvvtetvtvttvveetteteveeetttetevtettettttvvvvttttteteeettvttttvtvtttevttevvettvteetv",
    "reggae": "vveettevvttttttetttveeetvvvttvttvevettvvtttttvevetetttttteettvtvtttveevtvtettteevetetvvtttvttveteete",
    "rock": "eeettttvteeevvttvtvvevvtttttvvveeettvtvettevttvetveetvttvettevttetttvteteeetvttettettttvtvttvtttvtet",
}
"""Half of each genre to learn from, a quarter each for the others: 500, 250 and 250 clips; artists are torn."""
