"""The aims of a bench: a figure, its bound, and whether it is met."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aim:
    """`name` must be at most `bound`, or at least so much if `least`."""

    name: str
    figure: float
    bound: float
    unit: str = ""
    least: bool = False

    @property
    def is_met(self) -> bool:
        return self.figure >= self.bound if self.least else self.figure <= self.bound

    def __str__(self) -> str:
        sign, verdict = (">=" if self.least else "<="), ("met" if self.is_met else "NOT MET")
        unit = f" {self.unit}" if self.unit else ""
        return f"{verdict:8} {self.name}: {self.figure:.2f}{unit}   aim {sign} {self.bound:g}{unit}"


class Aims:
    """All aims of a run. `checked`: in the order in which they were."""

    def __init__(self) -> None:
        self.checked: list[Aim] = []

    def check(self, name: str, figure: float, bound: float, unit: str = "", *, least: bool = False) -> None:
        """Print and keep an aim. A figure that is no number is not met."""
        aim = Aim(name, figure, bound, unit, least)
        self.checked.append(aim)
        print(f"  {aim}", flush=True)

    def print(self) -> None:
        met = sum(aim.is_met for aim in self.checked)
        print(f"\n{met} of {len(self.checked)} aims are met")
        for aim in self.checked:
            print(aim)
