"""The provinces the stories happen in, with the districts and communes they had before July 2025."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Province:
    """A province: districts with their communes, the syllables of its hamlets, and its own word lists.

    ``hamlet`` is the word for the smallest unit ("xóm", "thôn"); ``highland`` is the share (0 to 1) of residents
    with Mông or Dao names.
    """

    name: str
    hamlet: str
    highland: float
    districts: tuple[tuple[str, tuple[str, ...]], ...]
    hamlet_heads: tuple[str, ...]
    hamlet_tails: tuple[str, ...]
    words: dict[str, tuple[str, ...]]


def lists(text: str) -> dict[str, tuple[str, ...]]:
    pairs = (line.split(": ") for line in text.strip().splitlines())
    return {name.strip(): tuple(options.split(", ")) for name, options in pairs}


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CAO_BANG = Province(
    name="Cao Bằng",
    hamlet="xóm",
    highland=0.2,
    districts=tuple(
        lists("""
    Bảo Lạc: Hồng Trị, Huy Giáp, Cô Ba, Thượng Hà, Khánh Xuân, Xuân Trường, Hưng Đạo, Cốc Pàng, Đình Phùng
    Bảo Lâm: Lý Bôn, Thái Học, Quảng Lâm, Thạch Lâm, Nam Quang, Vĩnh Quang, Mông Ân, Yên Thổ
    Nguyên Bình: Thành Công, Quang Thành, Phan Thanh, Ca Thành, Yên Lạc, Thể Dục, Vũ Minh, Tam Kim, Hoa Thám
    Hà Quảng: Trường Hà, Sóc Hà, Lũng Nặm, Nội Thôn, Cải Viên, Tổng Cọt, Ngọc Đào, Lương Thông, Cần Yên
    Hòa An: Dân Chủ, Nam Tuấn, Hồng Việt, Đức Long, Nguyễn Huệ, Quang Trung, Bạch Đằng, Lê Chung, Hoàng Tung
    Trùng Khánh: Đàm Thủy, Chí Viễn, Phong Nặm, Ngọc Khê, Khâm Thành, Đình Phong, Cao Chương, Quang Hán
    Quảng Hòa: Phi Hải, Quảng Hưng, Phúc Sen, Chí Thảo, Tự Do, Hồng Quang, Ngọc Động, Mỹ Hưng, Cách Linh
    Hạ Lang: Minh Long, Lý Quốc, Thắng Lợi, Đức Quang, Kim Loan, Quang Long, Vinh Quý, Cô Ngân, Thị Hoa
    Thạch An: Lê Lợi, Canh Tân, Kim Đồng, Minh Khai, Quang Trọng, Thụy Hùng, Vân Trình, Lê Lai, Đức Xuân
""").items()
    ),
    hamlet_heads=("Lũng", "Nà", "Bản", "Pác", "Cốc", "Khuổi", "Kéo", "Phja", "Tẩu", "Đông"),
    hamlet_tails=words(
        "Tung Mười Phiêng Sâu Rầy Vài Lạc Giới Khoang Nưa Thán Ngần Lìn Chang Xỏm Hoài Rì Tôm Cuổi Đeng Pục Thin "
        "Mỏ Riềng Luông Bó Nặm Cải Thốc Muồng"
    ),
    words=lists("""
    dacsan: hạt dẻ, miến dong, thạch đen, gạo nếp hương, lạp sườn hun khói, chè xanh Phja Đén, mật ong rừng
    cuakhau: Cửa khẩu quốc tế Tà Lùng, Cửa khẩu quốc tế Trà Lĩnh, cửa khẩu Sóc Giang, cửa khẩu Lý Vạn
    diemden: thác Bản Giốc, động Ngườm Ngao, Khu di tích Pác Bó, hồ Thang Hen, khu sinh thái Phja Oắc - Phja Đén
    congtrinh: cao tốc Đồng Đăng - Trà Lĩnh, đường tỉnh 208, quốc lộ 34, đường tỉnh 213, quốc lộ 4A
    danhhieu: Công viên địa chất toàn cầu UNESCO Non nước Cao Bằng
    songsuoi: sông Bằng Giang, sông Gâm, sông Quây Sơn, sông Hiến, sông Bắc Vọng
    dantoc: Tày, Nùng, Mông, Dao, Lô Lô, Sán Chỉ
    lehoi: Lễ hội Lồng tồng, Lễ hội Nàng Hai, Lễ hội Thanh minh, Lễ hội Tranh đầu pháo, Ngày hội văn hóa vùng cao
    langnghe: nghề rèn dao, nghề làm hương, nghề làm giấy bản, nghề dệt thổ cẩm, nghề đan lát
    donbp: Đồn Biên phòng Đàm Thủy, Đồn Biên phòng Cô Ba, Đồn Biên phòng Tổng Cọt, Đồn Biên phòng Lý Vạn
    nuocban: Quảng Tây (Trung Quốc)
"""),
)

LANG_SON = Province(
    name="Lạng Sơn",
    hamlet="thôn",
    highland=0.1,
    districts=tuple(
        lists("""
    Tràng Định: Quốc Khánh, Đội Cấn, Kháng Chiến, Hùng Sơn, Đề Thám, Tân Tiến, Tri Phương
    Văn Lãng: Tân Thanh, Hoàng Việt, Tân Mỹ, Hội Hoan, Bắc La, Thanh Long, Bắc Hùng
    Cao Lộc: Gia Cát, Tân Thành, Yên Trạch, Thụy Hùng, Hải Yến, Công Sơn, Thanh Lòa
    Lộc Bình: Khuất Xá, Tú Đoạn, Tú Mịch, Yên Khoái, Mẫu Sơn, Khánh Xuân, Đồng Bục, Thống Nhất
    Chi Lăng: Mai Sao, Thượng Cường, Vạn Linh, Y Tịch, Hữu Kiên, Vân Thủy, Quan Sơn
    Hữu Lũng: Yên Vượng, Yên Thịnh, Minh Tiến, Đồng Tân, Cai Kinh, Hòa Lạc, Hữu Liên, Vân Nham
    Bắc Sơn: Vũ Lăng, Vũ Lễ, Long Đống, Bắc Quỳnh, Hưng Vũ, Trấn Yên, Chiến Thắng
    Bình Gia: Tân Văn, Hoàng Văn Thụ, Thiện Thuật, Hoa Thám, Quý Hòa, Hồng Thái, Mông Ân
    Văn Quan: Tân Đoàn, Yên Phúc, Điềm He, Tri Lễ, Hữu Lễ, Bình Phúc, An Sơn, Lương Năng
    Đình Lập: Cường Lợi, Bính Xá, Kiên Mộc, Thái Bình, Lâm Ca, Bắc Lãng
""").items()
    ),
    hamlet_heads=("Nà", "Bản", "Khuổi", "Pò", "Pác", "Kéo", "Lũng", "Cốc", "Khòn", "Tân"),
    hamlet_tails=words(
        "Lầu Chuông Tồng Mò Cuôn Khinh Pàn Lệnh Nhàng Thâm Páng Lược Háng Cáy Tao Sla Pheo Mạ Nùng Bưa Mạc Pái Vàn "
        "Dảo Loỏng Chúc Kít Tòng Phai Hin"
    ),
    words=lists("""
    dacsan: na dai, hồng vành khuyên, hoa hồi, quýt vàng Bắc Sơn, thạch đen, đào Mẫu Sơn, khoai lang Lộc Bình
    cuakhau: Cửa khẩu quốc tế Hữu Nghị, cửa khẩu Tân Thanh, Cửa khẩu song phương Chi Ma, cửa khẩu Cốc Nam
    diemden: khu du lịch Mẫu Sơn, động Tam Thanh, thung lũng hoa Bắc Sơn, làng du lịch Hữu Liên, di tích Ải Chi Lăng
    congtrinh: cao tốc Hữu Nghị - Chi Lăng, cao tốc Đồng Đăng - Trà Lĩnh, quốc lộ 4B, quốc lộ 279, đường tỉnh 242
    danhhieu: Công viên địa chất Lạng Sơn
    songsuoi: sông Kỳ Cùng, sông Thương, sông Bắc Giang, sông Hóa, suối Nà Sa
    dantoc: Tày, Nùng, Dao, Hoa, Sán Chay, Mông
    lehoi: Lễ hội Lồng tồng, Lễ hội Bắc Nga, Lễ hội Phài Lừa, Lễ hội Ná Nhèm, Hội xuân vùng biên
    langnghe: nghề làm ngói máng, nghề nấu cao khô, nghề làm hương, nghề đan lát, nghề may trang phục Nùng
    donbp: Đồn Biên phòng Tân Thanh, Đồn Biên phòng Chi Ma, Đồn Biên phòng Bắc Xa, Đồn Biên phòng Bình Nghi
    nuocban: Quảng Tây (Trung Quốc)
"""),
)

HA_GIANG = Province(
    name="Hà Giang",
    hamlet="thôn",
    highland=0.6,
    districts=tuple(
        lists("""
    Đồng Văn: Lũng Cú, Sà Phìn, Ma Lé, Phố Cáo, Lũng Táo, Vần Chải, Sủng Là, Tả Lủng
    Mèo Vạc: Pả Vi, Xín Cái, Thượng Phùng, Sơn Vĩ, Khâu Vai, Niêm Sơn, Tát Ngà, Giàng Chu Phìn
    Yên Minh: Na Khê, Lũng Hồ, Mậu Duệ, Du Già, Ngam La, Bạch Đích, Thắng Mố, Sủng Thài
    Quản Bạ: Quyết Tiến, Thanh Vân, Lùng Tám, Đông Hà, Cán Tỷ, Nghĩa Thuận, Tùng Vài, Bát Đại Sơn
    Vị Xuyên: Thanh Thủy, Phương Tiến, Đạo Đức, Trung Thành, Cao Bồ, Thượng Sơn, Linh Hồ, Việt Lâm
    Bắc Mê: Yên Cường, Minh Ngọc, Giáp Trung, Lạc Nông, Phú Nam, Đường Âm, Thượng Tân
    Hoàng Su Phì: Thông Nguyên, Nậm Ty, Hồ Thầu, Bản Luốc, Sán Sả Hồ, Nậm Dịch, Tả Sử Choóng
    Xín Mần: Nấm Dẩn, Quảng Nguyên, Khuôn Lùng, Nà Chì, Chế Là, Bản Díu, Thèn Phàng
    Bắc Quang: Hùng An, Quang Minh, Vô Điếm, Đồng Yên, Vĩnh Hảo, Tân Quang, Việt Hồng, Kim Ngọc
    Quang Bình: Xuân Giang, Bằng Lang, Yên Hà, Tân Bắc, Tiên Yên, Nà Khương, Vĩ Thượng
""").items()
    ),
    hamlet_heads=("Lũng", "Nậm", "Tả", "Sính", "Má", "Khâu", "Bản", "Nà", "Sủng", "Hạ"),
    hamlet_tails=words(
        "Chinh Pù Lủng Vài Chải Trù Tỉa Hòa Cháng Lầu Phìn Chấu Ngài Mủng Tráng Pả Tìa Rạt Khoang Tùng Sảng Nhùng "
        "Dín Phủng Lán Thẳm Quang Tinh Giàng Khèn"
    ),
    words=lists("""
    dacsan: cam sành, chè Shan tuyết, mật ong bạc hà, hồng không hạt, gạo già dui, thịt bò vàng, lê đường
    cuakhau: Cửa khẩu quốc tế Thanh Thủy, cửa khẩu Xín Mần, cửa khẩu Săm Pun, cửa khẩu Phó Bảng
    diemden: cao nguyên đá Đồng Văn, đèo Mã Pí Lèng, sông Nho Quế, ruộng bậc thang Hoàng Su Phì, núi đôi Quản Bạ
    congtrinh: cao tốc Tuyên Quang - Hà Giang, quốc lộ 4C, đường tỉnh 176, quốc lộ 279, đường tỉnh 177
    danhhieu: Công viên địa chất toàn cầu UNESCO Cao nguyên đá Đồng Văn
    songsuoi: sông Lô, sông Miện, sông Gâm, sông Chảy, sông Nho Quế
    dantoc: Mông, Tày, Dao, Nùng, La Chí, Pà Thẻn, Lô Lô
    lehoi: Lễ hội Gầu Tào, Lễ hội Lồng tồng, Lễ hội Nhảy lửa, Lễ hội Hoa tam giác mạch, Lễ hội Khèn Mông
    langnghe: nghề dệt lanh, nghề làm khèn, nghề chạm bạc, nghề đan quẩy tấu, nghề thêu thổ cẩm
    donbp: Đồn Biên phòng Lũng Cú, Đồn Biên phòng Săm Pun, Đồn Biên phòng Thanh Thủy, Đồn Biên phòng Bạch Đích
    nuocban: Vân Nam (Trung Quốc)
"""),
)
