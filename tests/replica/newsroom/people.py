"""Invented people: residents, officials, pen names."""

from __future__ import annotations

from dataclasses import dataclass

from tests.replica.newsroom.dice import Dice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_TAY_NUNG = _words("Nông Hoàng Lý Triệu Đàm Bế Lục Hứa Lương La Chu Dương Nguyễn Đinh Vi Lô Hà Sầm Ma Phan Trần Lê")
_MONG_DAO = _words("Vàng Giàng Sùng Thào Ly Mua Hầu Cháng Phàn Lò Tẩn Chẻo Hạng Lầu")
_MIDDLE_MEN = _words("Văn Đức Minh Quốc Hữu Công Trung Ngọc Thanh Đình Ích Tiến Duy Bá Thế")
_MIDDLE_WOMEN = _words("Thị Thị Thị Thu Hồng Bích Ngọc Thanh Kim Minh")
_MEN = _words(
    "Thắng Tuấn Hùng Dũng Cường Sơn Hải Long Quân Khánh Thành Nam Bình Tùng Kiên Đạt Phong Lâm Tài Thủy Chiến Hiệp "
    "Vinh Toàn Đông Nghĩa Lợi Huy Luận Hoan Tiệp Thuận Quyết Trưởng Ngôn Đoàn Bằng Hiếu Khiêm Duyệt"
)
_WOMEN = _words(
    "Hương Lan Hoa Huệ Thảo Nga Mai Hằng Yến Liên Nhung Thơm Bích Xuân Dung Hiền Phượng Loan Chiêm Viên Nhinh Én "
    "Thúy Duyên Tươi Hậu Vân Khuyên Đào Lưu Lý Ngân Tuyết Quyên"
)
_MONG_MIDDLE = _words("Mí Mí A Chứ Seo Thìn Sào")
_MONG_MEN = _words("Già Sính Pó Lử Nô Chơ Súng Dình Vừ Tủa Páo Say Lềnh Sáng Phà Ná")
_MONG_WOMEN = _words("Mỷ Máy Dợ Xúa Chở Mai Pà Sua Dính Say Vá Cáy")
_PEN_FIRST = _words(
    "Thanh Duy Minh Hồng Mai Thu Ngọc Hoàng Kim Bích Xuân Đức Lan Hải Vân Trung Phương Thùy Diệu Tiến Nông Lương "
    "Thúy Bảo Khánh Việt Quang Hạnh"
)
_PEN_LAST = _words(
    "Loan Tuấn Đức Quế Hòa Thủy Nguyên Hương Hà Giang Lam Dung Hạ Chi Vinh Nhật Thảo Sơn Uyên Trà Yến Linh Kiên "
    "Trang Phong Nhung Anh Lý Quỳnh Toàn"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a story: form of address (``"ông"``, ``"đồng chí"``), full name, role or home as appended to it."""

    address: str
    name: str
    role: str

    @property
    def full(self) -> str:
        """As introduced: address, name, role."""
        return f"{self.address} {self.name}{self.role}"

    @property
    def short(self) -> str:
        """As named later: officials keep their full name, residents their given name."""
        name = self.name if self.address == "đồng chí" else self.name.rpartition(" ")[2]
        return f"{self.address} {name}"


def resident(dice: Dice, highland: bool, home: str) -> Person:
    """Somebody living at ``home``; ``highland`` gives a Mông or Dao name."""
    home = f"{dice.pick((', ', ' ở ', ' ở '))}{home}"
    man = dice.chance(0.55)
    address = dice.pick(("ông", "anh", "anh") if man else ("bà", "chị", "chị"))
    if highland:
        given = dice.pick(_MONG_MEN if man else _MONG_WOMEN)
        return Person(address, f"{dice.pick(_MONG_DAO)} {dice.pick(_MONG_MIDDLE) if man else 'Thị'} {given}", home)
    return Person(address, _lowland_name(dice, man), home)


def official(dice: Dice, address: str, role: str) -> Person:
    """An office holder; ``address`` is ``"đồng chí"`` or empty for "ông" and "bà"."""
    man = dice.chance(0.7)
    return Person(address or ("ông" if man else "bà"), _lowland_name(dice, man), f", {role}")


def pen_names(dice: Dice, size: int) -> tuple[str, ...]:
    """``size`` different names of two syllables, as reporters sign."""
    names: dict[str, None] = {"Thanh Loan": None, "Duy Tuấn": None}
    while len(names) < size:
        first, last = dice.pick(_PEN_FIRST), dice.pick(_PEN_LAST)
        if first != last:
            names[f"{first} {last}"] = None
    return tuple(names)


def _lowland_name(dice: Dice, man: bool) -> str:
    middle = dice.pick(_MIDDLE_MEN if man else _MIDDLE_WOMEN)
    given = dice.pick(_MEN if man else _WOMEN)
    return f"{dice.pick(_TAY_NUNG)} {middle} {given}"
