"""Which folders go into the wheel, and under which name; everything else stands in setup.cfg.

setup.cfg can either find packages or rename folders. Both are needed here: the templates and
migrations stand at the top of the checkout, and in a wheel need names that nobody else takes.
"""

from setuptools import find_namespace_packages, setup

RENAMED = {
    "collateral_finder_migrations": "migrations",
    "collateral_finder_templates": "templates",
}

setup(
    packages=[
        *find_namespace_packages(
            include=["app*", "content_catalog*", "search_index*"],
            exclude=["*.__pycache__", "app.static*"],
        ),
        *RENAMED,
    ],
    package_dir=RENAMED,
)
