from genrescope.recipes._base import classifier_names, recipe_names
from genrescope.recipes.listing import listing
from genrescope.recipes.tables import table_names


def test_every_recipe_and_table_is_listed() -> None:
    known = listing()
    assert all(list(one) == ["name", "kind", "report", "inputs", "line"] for one in known)
    assert [one["name"] for one in known if one["kind"] == "table"] == table_names()
    assert [one["name"] for one in known if one["kind"] == "recipe"] == [*recipe_names(), *classifier_names()]
    assert all(one["inputs"] and one["line"] for one in known)
