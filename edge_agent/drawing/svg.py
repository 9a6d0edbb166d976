"""Pictures in SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape


@dataclass(slots=True)
class Sketch:
    """Of so many pixels; things are drawn over those before them."""

    width: float
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, css: str, fill: str = "") -> None:
        style = f' style="fill:{fill}"' if fill else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{css}"{style}>{escape(words)}</text>')

    def rect(self, x: float, y: float, width: float, height: float, fill: str, title: str = "") -> None:
        shape = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"'
        self.parts.append(f"{shape}><title>{escape(title)}</title></rect>" if title else f"{shape}/>")

    def line(self, x: float, y1: float, y2: float, stroke: str, dash: str = "") -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x:.1f}" y1="{y1:.1f}" x2="{x:.1f}" y2="{y2:.1f}" stroke="{stroke}"{dashed}/>'
        )

    def document(self, height: float, style: str) -> str:
        """All of it, on white."""
        size = f'width="{self.width:.0f}" height="{height:.0f}"'
        view = f'viewBox="0 0 {self.width:.0f} {height:.0f}"'
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view}>\n<style>{style}</style>\n'
            f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
        )
