"""The sentence under the stage says what a prediction was made from, and nothing that its method does not use."""

import pytest
import stage

from explorer.pages.resolution.views.caption import sentence


@pytest.mark.parametrize(("method", "named"), [("bicubic", False), ("spectral_liif", True)])
def test_the_temperature_is_named_where_the_method_uses_it(method, named):
    page = stage.Page(method=method, time="2005-01-21")
    page.settle()
    said = sentence(page.session)
    assert "made from 16 × 16 numbers" in said
    assert ("sea surface temperature" in said) is named
    assert said.startswith("Relative vorticity / f. Left of the line: the prediction")
    page.session.close()


def test_a_smoothed_input_is_no_count_of_numbers():
    page = stage.Page(source="ice_run", stage="swipe", quantity="field")
    page.settle()
    assert "a field smoothed over 120 km" in sentence(page.session)
    page.session.close()
