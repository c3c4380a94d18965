"""What there is to train and to reproduce, in a line each."""

from genrescope.recipes._base import classifier_names, read_recipe, recipe_names
from genrescope.recipes.tables import read_table, table_names


def listing() -> list[dict[str, object]]:
    """Return every table, recipe and classifier.

    Returns
    -------
    list of dict
        ``name``, ``kind`` (``recipe`` or ``table``), ``report``, ``inputs``, ``line``.
    """
    recipes: list[dict[str, object]] = [
        {"name": one.name, "kind": "recipe", "report": one.report, "inputs": [one.input], "line": one.line}
        for one in map(read_recipe, [*recipe_names(), *classifier_names()])
    ]
    tables: list[dict[str, object]] = []
    for one in map(read_table, table_names()):
        parts = [one, *map(read_table, one.tables)]
        inputs = [row.input for part in parts for row in part.rows]
        inputs += [read_recipe(name).input for name in one.recipes if name in recipe_names()]
        names = list(dict.fromkeys(inputs))
        tables.append({"name": one.slug, "kind": "table", "report": one.report, "inputs": names, "line": one.line})
    return [*tables, *recipes]
