"""The edges of a feature (api, pages, jobs) are known to the project alone; import-linter has no contract for this."""

import grimp

PLATFORM = {"kernel", "platform", "project", "plugins"}
EDGES = {"api", "pages", "jobs"}
# A feature's table of addresses belongs to its pages.
AT_HOME = EDGES | {"urls", "tests"}


def test_nobody_but_the_project_knows_the_edges_of_a_feature() -> None:
    graph = grimp.build_graph("regulars", cache_dir=None)
    trespasses = []
    for module in sorted(graph.modules):
        package, feature, edge, *_ = (*module.split("."), "", "")
        if package != "regulars" or feature in PLATFORM or edge not in EDGES:
            continue
        for importer in sorted(graph.find_modules_that_directly_import(module)):
            other = [*importer.split("."), "", ""][1:3]
            at_home = other[0] == feature and other[1] in AT_HOME
            if other[0] != "project" and not at_home:
                trespasses.append(f"{importer} imports {module}")
    assert trespasses == []
