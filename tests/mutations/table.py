"""Every guard that the script takes away."""

from tests.mutations import edges, money, people

GUARDS = [*money.GUARDS, *people.GUARDS, *edges.GUARDS]
