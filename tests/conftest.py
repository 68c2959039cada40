"""What is told at the end of every run: which platform shows which card by which verb."""

import pytest

MATRIX = "contract"  # the property under which a test hands over its row of the matrix


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*can): a story for platforms that have all of these")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The matrix of tests/contract: platform, verb, and how each card fared."""
    reports = [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]
    rows = [text for report in reports for name, text in report.user_properties if name == MATRIX]
    if rows:
        terminalreporter.section(MATRIX)
        terminalreporter.write_line("\n".join(sorted(rows)))
