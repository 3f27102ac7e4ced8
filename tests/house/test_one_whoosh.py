"""Several distributions install the module ``whoosh`` and overwrite each other in silence."""

from __future__ import annotations

from importlib.metadata import packages_distributions, version


def test_exactly_one_distribution_provides_whoosh() -> None:
    assert sorted(set(packages_distributions()["whoosh"])) == ["Whoosh-Reloaded"]


def test_it_is_the_version_whose_faults_we_know() -> None:
    assert version("whoosh-reloaded") == "2.7.5"
