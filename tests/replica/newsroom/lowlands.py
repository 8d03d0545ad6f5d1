"""The provinces of the delta and the coast, with the districts and communes they had before July 2025."""

from __future__ import annotations

from tests.replica.newsroom.places import Province, lists, words

CAN_THO = Province(
    name="Cần Thơ",
    hamlet="ấp",
    highland=0.0,
    districts=tuple(
        lists("""
    Phong Điền: Nhơn Ái, Nhơn Nghĩa, Giai Xuân, Tân Thới, Trường Long, Mỹ Khánh
    Cờ Đỏ: Trung An, Trung Thạnh, Thới Hưng, Thạnh Phú, Đông Hiệp, Thới Đông
    Thới Lai: Trường Xuân, Định Môn, Tân Thạnh, Thới Thạnh, Đông Bình, Xuân Thắng
    Vĩnh Thạnh: Thạnh Mỹ, Thạnh Quới, Thạnh Tiến, Vĩnh Trinh, Thạnh An, Thạnh Lộc
    Kế Sách: An Mỹ, Thới An Hội, Nhơn Mỹ, Ba Trinh, Phong Nẫm, Xuân Hòa
    Châu Thành A: Tân Hòa, Trường Long Tây, Thạnh Xuân, Nhơn Nghĩa A, Tân Phú Thạnh
""").items()
    ),
    hamlet_heads=("Thới", "Trường", "Nhơn", "Định", "Tân", "Đông", "Thạnh", "Vĩnh"),
    hamlet_tails=words("Hòa Bình Phước Thuận Lợi Mỹ An Thành Phú Quới Lộc Hưng Khánh Ninh Thọ Hiệp Long Trị Nghĩa"),
    words=lists("""
    dacsan: vú sữa, dâu Hạ Châu, bánh tét lá cẩm, nhãn Ido, cá thát lát rút xương, nem nướng Cái Răng
    cuakhau: cảng Cái Cui, cảng Hoàng Diệu, cảng Trà Nóc, cảng Cần Thơ
    diemden: chợ nổi Cái Răng, bến Ninh Kiều, cồn Sơn, vườn cò Bằng Lăng, nhà cổ Bình Thủy, làng du lịch Mỹ Khánh
    congtrinh: cao tốc Châu Đốc - Cần Thơ - Sóc Trăng, quốc lộ 91, quốc lộ 61C, đường tỉnh 923, đường tỉnh 922
    danhhieu: Di sản văn hóa phi vật thể quốc gia Văn hóa chợ nổi Cái Răng
    songsuoi: sông Hậu, sông Cần Thơ, rạch Cái Khế, sông Ô Môn, kênh Xà No
    dantoc: Kinh, Khmer, Hoa, Chăm
    lehoi: Lễ hội Kỳ yên đình Bình Thủy, Lễ hội Ok Om Bok, Lễ hội bánh dân gian Nam Bộ, Tết Chôl Chnăm Thmây
    langnghe: nghề làm bánh tráng, nghề đan lưới, nghề trồng hoa, nghề hủ tiếu, nghề đóng ghe
    donbp: Đồn Biên phòng Trung Bình, Đồn Biên phòng Vĩnh Hải, Đồn Biên phòng An Thạnh Ba
    nuocban: Campuchia
"""),
)

AN_GIANG = Province(
    name="An Giang",
    hamlet="ấp",
    highland=0.0,
    districts=tuple(
        lists("""
    Thoại Sơn: Vĩnh Khánh, Định Mỹ, Vọng Đông, Bình Thành, Thoại Giang, Mỹ Phú Đông
    Chợ Mới: Kiến Thành, Long Kiến, Hòa Bình, Mỹ Hiệp, Tấn Mỹ, An Thạnh Trung
    Châu Phú: Mỹ Đức, Bình Mỹ, Vĩnh Thạnh Trung, Ô Long Vĩ, Đào Hữu Cảnh, Khánh Hòa
    Tri Tôn: Ô Lâm, Cô Tô, An Tức, Châu Lăng, Lương Phi, Núi Tô
    Tịnh Biên: Văn Giáo, An Cư, Vĩnh Trung, Tân Lợi, An Hảo, Nhơn Hưng
    An Phú: Khánh An, Vĩnh Hội Đông, Phú Hữu, Quốc Thái, Nhơn Hội, Đa Phước
""").items()
    ),
    hamlet_heads=("Vĩnh", "Phú", "Bình", "Mỹ", "Tân", "Long", "Hòa", "An"),
    hamlet_tails=words("Thuận Thạnh Lợi Phước Hưng Quới Thành Trung Hiệp Tây Đông Nghĩa Lộc Định Hòa Khánh Thới Tiến"),
    words=lists("""
    dacsan: đường thốt nốt, mắm Châu Đốc, xoài ba màu, cá linh non, bò cạp Bảy Núi, khô rắn, lúa mùa nổi
    cuakhau: Cửa khẩu quốc tế Tịnh Biên, Cửa khẩu quốc tế Vĩnh Xương, cửa khẩu Khánh Bình, cửa khẩu Vĩnh Hội Đông
    diemden: rừng tràm Trà Sư, miếu Bà Chúa Xứ Núi Sam, núi Cấm, hồ Tà Pạ, khu di tích Óc Eo, búng Bình Thiên
    congtrinh: cao tốc Châu Đốc - Cần Thơ - Sóc Trăng, quốc lộ 91, đường tỉnh 948, đường tỉnh 943, cầu Châu Đốc
    danhhieu: Di sản văn hóa phi vật thể Lễ hội Vía Bà Chúa Xứ Núi Sam
    songsuoi: sông Hậu, sông Tiền, sông Vàm Nao, kênh Vĩnh Tế, kênh Thoại Hà
    dantoc: Kinh, Khmer, Chăm, Hoa
    lehoi: Lễ hội Vía Bà Chúa Xứ, Lễ hội đua bò Bảy Núi, Lễ hội Sene Dolta, Tết Chôl Chnăm Thmây
    langnghe: nghề dệt thổ cẩm Văn Giáo, nghề làm mắm, nghề nấu đường thốt nốt, nghề mộc Chợ Thủ, nghề dệt chiếu
    donbp: Đồn Biên phòng Nhơn Hưng, Đồn Biên phòng Phú Hữu, Đồn Biên phòng Lạc Quới, Đồn Biên phòng Long Bình
    nuocban: Campuchia
"""),
)

NGHE_AN = Province(
    name="Nghệ An",
    hamlet="xóm",
    highland=0.15,
    districts=tuple(
        lists("""
    Nam Đàn: Kim Liên, Nam Giang, Nam Cát, Khánh Sơn, Xuân Hòa, Hùng Tiến
    Con Cuông: Môn Sơn, Lục Dạ, Châu Khê, Chi Khê, Yên Khê, Bồng Khê
    Kỳ Sơn: Mường Lống, Na Ngoi, Huồi Tụ, Tà Cạ, Nậm Cắn, Hữu Kiệm
    Quỳnh Lưu: Quỳnh Đôi, Quỳnh Hậu, Quỳnh Văn, Tân Thắng, Quỳnh Bảng, An Hòa
    Diễn Châu: Diễn Ngọc, Diễn Thịnh, Diễn Kỷ, Minh Châu, Diễn Hoa, Diễn Lâm
    Thanh Chương: Thanh Xuân, Hạnh Lâm, Thanh Thủy, Cát Văn, Ngọc Sơn, Thanh Lâm
    Quế Phong: Tri Lễ, Mường Nọc, Châu Kim, Tiền Phong, Hạnh Dịch, Đồng Văn
""").items()
    ),
    hamlet_heads=("Đồng", "Trung", "Yên", "Xuân", "Nam", "Bắc", "Phú", "Liên"),
    hamlet_tails=words("Sơn Thịnh Hòa Lĩnh Tiến Thành Lộc Minh Đông Quang Hồng Trường Tân Long Phong Mỹ Hưng Bình"),
    words=lists("""
    dacsan: cam Vinh, nhút Thanh Chương, tương Nam Đàn, lạc sen, cháo lươn, mực nháy Cửa Lò, chè Gay
    cuakhau: Cửa khẩu quốc tế Nậm Cắn, cửa khẩu Thanh Thủy, cảng Cửa Lò, cửa khẩu Tam Hợp
    diemden: Khu di tích Kim Liên, biển Cửa Lò, thác Khe Kèm, đảo chè Thanh Chương, rừng săng lẻ Tương Dương
    congtrinh: cao tốc Diễn Châu - Bãi Vọt, quốc lộ 7A, quốc lộ 46, đường ven biển Nghi Sơn - Cửa Lò, quốc lộ 48
    danhhieu: Khu dự trữ sinh quyển thế giới miền Tây Nghệ An
    songsuoi: sông Lam, sông Con, sông Giăng, sông Hiếu, sông Hoàng Mai
    dantoc: Thái, Mông, Khơ Mú, Thổ, Ơ Đu
    lehoi: Lễ hội Làng Sen, Lễ hội đền Cờn, Lễ hội Hang Bua, Lễ hội đền Quả Sơn, Lễ hội đền Chín Gian
    langnghe: nghề dệt thổ cẩm Hoa Tiến, nghề làm nước mắm, nghề mây tre đan, nghề làm hương, nghề đóng tàu thuyền
    donbp: Đồn Biên phòng Môn Sơn, Đồn Biên phòng Nậm Cắn, Đồn Biên phòng Tri Lễ, Đồn Biên phòng Quỳnh Thuận
    nuocban: Xiêng Khoảng (Lào)
"""),
)

DA_NANG = Province(
    name="Đà Nẵng",
    hamlet="thôn",
    highland=0.05,
    districts=tuple(
        lists("""
    Hòa Vang: Hòa Bắc, Hòa Ninh, Hòa Phú, Hòa Liên, Hòa Khương, Hòa Tiến
    Đại Lộc: Đại Hiệp, Đại Lãnh, Đại Minh, Đại Đồng, Đại Hồng, Đại Cường
    Duy Xuyên: Duy Phú, Duy Hải, Duy Sơn, Duy Trung, Duy Thành, Duy Nghĩa
    Thăng Bình: Bình Minh, Bình Dương, Bình Quý, Bình Trị, Bình Nam, Bình Đào
    Nam Giang: Cà Dy, Tà Bhing, La Dêê, Chà Vàl, Đắc Pring
    Tây Giang: A Xan, Ga Ry, Bha Lê, A Tiêng, Lăng
""").items()
    ),
    hamlet_heads=("Phú", "An", "Trung", "Hà", "Thạch", "Nam", "Tân", "Bàu"),
    hamlet_tails=words("Túc Nhuận Sơn Châu Mỹ Thạnh Ninh Lâm Nghĩa Tây Đông Bình Định Hòa Phước Thành An Quý Lộc"),
    words=lists("""
    dacsan: nước mắm Nam Ô, bánh khô mè, tỏi Phong Lệ, mì Quảng, sâm Ngọc Linh, bê thui Cầu Mống, chả bò
    cuakhau: cảng Tiên Sa, Cửa khẩu quốc tế Nam Giang, cảng Liên Chiểu, cửa khẩu Tây Giang
    diemden: bán đảo Sơn Trà, Ngũ Hành Sơn, phố cổ Hội An, đền tháp Mỹ Sơn, làng cổ Túy Loan, bãi biển Mỹ Khê
    congtrinh: quốc lộ 14B, cao tốc Đà Nẵng - Quảng Ngãi, cảng Liên Chiểu, đường vành đai phía Tây, quốc lộ 14D
    danhhieu: Di sản văn hóa thế giới Khu đền tháp Mỹ Sơn
    songsuoi: sông Hàn, sông Cu Đê, sông Thu Bồn, sông Vu Gia, sông Trường Giang
    dantoc: Kinh, Cơ Tu, Xơ Đăng, Giẻ Triêng
    lehoi: Lễ hội Quán Thế Âm Ngũ Hành Sơn, Lễ hội Bà Thu Bồn, Lễ hội Cầu ngư, Lễ hội Mục đồng
    langnghe: nghề điêu khắc đá Non Nước, nghề dệt chiếu Cẩm Nê, nghề gốm Thanh Hà, nghề mộc Kim Bồng, nghề làm nước mắm
    donbp: Đồn Biên phòng Sơn Trà, Đồn Biên phòng Hải Vân, Đồn Biên phòng Đắc Pring, Đồn Biên phòng Ga Ry
    nuocban: Sê Kông (Lào)
"""),
)

HAI_PHONG = Province(
    name="Hải Phòng",
    hamlet="thôn",
    highland=0.0,
    districts=tuple(
        lists("""
    Vĩnh Bảo: Cổ Am, Tam Cường, Lý Học, Trấn Dương, Vĩnh Phong, Hòa Bình
    Tiên Lãng: Kiến Thiết, Đoàn Lập, Tiên Cường, Hùng Thắng, Vinh Quang, Quyết Tiến
    Kiến Thụy: Ngũ Phúc, Đại Đồng, Thuận Thiên, Tân Trào, Đoàn Xá, Ngũ Đoan
    An Lão: Mỹ Đức, Quang Trung, Trường Thọ, Bát Trang, An Thái, Chiến Thắng
    Cát Hải: Trân Châu, Xuân Đám, Gia Luận, Phù Long, Việt Hải
    Thanh Hà: Thanh Sơn, Thanh Quang, Liên Mạc, Tân An, Thanh Thủy, Hồng Lạc
""").items()
    ),
    hamlet_heads=("Đông", "Đoài", "Nam", "Trung", "Hạ", "Thượng", "Cẩm", "Liễu"),
    hamlet_tails=words("Am Lôi Xá Điện Hoàng Phương Ngoại Nội Hải Khê Lai Tạ Kinh Dương Quan Trang Viên Lạc Văn"),
    words=lists("""
    dacsan: vải thiều Thanh Hà, thuốc lào Tiên Lãng, bánh đa cua, nước mắm Cát Hải, chả chìa, cam Gia Luận
    cuakhau: cảng nước sâu Lạch Huyện, cảng Nam Đình Vũ, cảng Tân Vũ, cảng Chùa Vẽ
    diemden: quần đảo Cát Bà, khu di tích Bạch Đằng Giang, khu du lịch Đồ Sơn, vịnh Lan Hạ, đền thờ Trạng Trình
    congtrinh: cao tốc Hà Nội - Hải Phòng, cầu Tân Vũ - Lạch Huyện, quốc lộ 10, đường bộ ven biển, cầu Nguyễn Trãi
    danhhieu: Di sản thiên nhiên thế giới vịnh Hạ Long - quần đảo Cát Bà
    songsuoi: sông Cấm, sông Bạch Đằng, sông Lạch Tray, sông Văn Úc, sông Đa Độ
    dantoc: Kinh, Hoa, Tày
    lehoi: Lễ hội chọi trâu Đồ Sơn, Lễ hội Hoa phượng đỏ, Lễ hội Minh Thề, Lễ hội Núi Voi, Lễ hội đền Trạng
    langnghe: nghề tạc tượng Bảo Hà, nghề làm con rối, nghề dệt chiếu Lật Dương, nghề đúc Mỹ Đồng, nghề mây tre
    donbp: Đồn Biên phòng Cát Bà, Đồn Biên phòng Đồ Sơn, Đồn Biên phòng Vinh Quang, Đồn Biên phòng Cát Hải
    nuocban: Quảng Tây (Trung Quốc)
"""),
)

BINH_DUONG = Province(
    name="Bình Dương",
    hamlet="ấp",
    highland=0.0,
    districts=tuple(
        lists("""
    Dầu Tiếng: Minh Hòa, Minh Tân, Minh Thạnh, Định Hiệp, Thanh An, Thanh Tuyền
    Phú Giáo: Phước Sang, An Thái, An Bình, Vĩnh Hòa, Tam Lập, Phước Hòa
    Bàu Bàng: Tân Hưng, Trừ Văn Thố, Cây Trường, Long Nguyên, Hưng Hòa
    Bắc Tân Uyên: Tân Định, Bình Mỹ, Đất Cuốc, Hiếu Liêm, Lạc An, Thường Tân
""").items()
    ),
    hamlet_heads=("Bến", "Suối", "Cây", "Đồng", "Bàu", "Lò", "Tân", "Hòa"),
    hamlet_tails=words("Sỏi Tre Dầu Khế Sơn Thành Trâm Lộc Minh Cát Đỏ Phú Hưng Bình Than Cầy Điền Thuận Sắn Trâu"),
    words=lists("""
    dacsan: măng cụt Lái Thiêu, bưởi Bạch Đằng, bánh bèo bì, gà quay xôi phồng, cam Hiếu Liêm, măng le
    cuakhau: cảng Bình Dương, cảng An Sơn, cảng An Tây, cảng Thạnh Phước
    diemden: hồ Dầu Tiếng, núi Cậu, chùa Hội Khánh, vườn cây Lái Thiêu, nhà tù Phú Lợi, địa đạo Tam giác sắt
    congtrinh: quốc lộ 13, đường tỉnh 743, đường Mỹ Phước - Tân Vạn, đường tỉnh 741, cầu Bạch Đằng 2, đường Vành đai 3
    danhhieu: Di sản văn hóa phi vật thể quốc gia nghề sơn mài Tương Bình Hiệp
    songsuoi: sông Sài Gòn, sông Bé, sông Thị Tính, sông Đồng Nai, suối Cái
    dantoc: Kinh, Hoa, Khmer, Stiêng
    lehoi: Lễ hội chùa Bà Thiên Hậu, Lễ hội Lái Thiêu mùa trái chín, Lễ hội Kỳ yên đình Phú Long
    langnghe: nghề sơn mài Tương Bình Hiệp, nghề gốm Lái Thiêu, nghề điêu khắc gỗ, nghề guốc mộc, nghề heo đất
    donbp: Đồn Biên phòng Hoa Lư, Đồn Biên phòng Lộc An, Đồn Biên phòng Đắk Ơ
    nuocban: Champasak (Lào)
"""),
)

DONG_THAP = Province(
    name="Đồng Tháp",
    hamlet="ấp",
    highland=0.0,
    districts=tuple(
        lists("""
    Cao Lãnh: Mỹ Long, Bình Hàng Trung, Bình Hàng Tây, Mỹ Hiệp, Gáo Giồng, Phương Trà
    Tháp Mười: Trường Xuân, Mỹ Quý, Đốc Binh Kiều, Thanh Mỹ, Láng Biển, Hưng Thạnh
    Lai Vung: Long Hậu, Tân Thành, Vĩnh Thới, Tân Phước, Hòa Long, Phong Hòa
    Lấp Vò: Định An, Định Yên, Tân Khánh Trung, Long Hưng A, Bình Thành, Mỹ An Hưng A
    Tam Nông: Phú Cường, Phú Thọ, An Long, Phú Hiệp, Tân Công Sính, Hòa Bình
    Tân Hồng: Tân Hộ Cơ, Thông Bình, Bình Phú, Tân Công Chí, An Phước, Tân Thành A
""").items()
    ),
    hamlet_heads=("Mỹ", "Tân", "Long", "An", "Phú", "Bình", "Hưng", "Đông"),
    hamlet_tails=words("Phú Thạnh Lợi Hòa Phước Định Quới Thuận Thới Bình Tây Hưng Thành Xuân Nghĩa Khánh Trị Lộc Hậu"),
    words=lists("""
    dacsan: xoài Cao Lãnh, quýt hồng Lai Vung, nem Lai Vung, hạt sen Tháp Mười, bột gạo Sa Đéc, cá linh, khô cá lóc
    cuakhau: Cửa khẩu quốc tế Dinh Bà, Cửa khẩu quốc tế Thường Phước, cửa khẩu Thông Bình, cửa khẩu Sở Thượng
    diemden: Vườn quốc gia Tràm Chim, Khu di tích Gò Tháp, làng hoa Sa Đéc, Khu di tích Xẻo Quít, đồng sen Tháp Mười
    congtrinh: cao tốc Mỹ An - Cao Lãnh, cầu Cao Lãnh, quốc lộ 30, đường tỉnh 846, quốc lộ N2, đường tỉnh 854
    danhhieu: Khu Ramsar thế giới Tràm Chim
    songsuoi: sông Tiền, sông Sở Hạ, sông Cái Tàu Thượng, kênh Nguyễn Văn Tiếp, kênh Đồng Tiến
    dantoc: Kinh, Hoa, Khmer
    lehoi: Lễ hội Gò Tháp, Lễ giỗ cụ Phó bảng Nguyễn Sinh Sắc, Lễ hội hoa - kiểng Sa Đéc, Lễ hội Sen
    langnghe: nghề dệt chiếu Định Yên, nghề đóng xuồng ghe Bà Đài, nghề làm bột, nghề dệt choàng Long Khánh
    donbp: Đồn Biên phòng Dinh Bà, Đồn Biên phòng Thường Phước, Đồn Biên phòng Thông Bình, Đồn Biên phòng Cầu Ván
    nuocban: Prey Veng (Campuchia)
"""),
)

CA_MAU = Province(
    name="Cà Mau",
    hamlet="ấp",
    highland=0.0,
    districts=tuple(
        lists("""
    Đầm Dơi: Tạ An Khương, Trần Phán, Thanh Tùng, Quách Phẩm, Nguyễn Huân, Tân Tiến
    Cái Nước: Trần Thới, Đông Thới, Hưng Mỹ, Phú Hưng, Lương Thế Trân, Tân Hưng Đông
    Năm Căn: Hàm Rồng, Đất Mới, Lâm Hải, Tam Giang, Hiệp Tùng, Hàng Vịnh
    Ngọc Hiển: Đất Mũi, Viên An, Tân Ân, Tam Giang Tây, Viên An Đông
    Trần Văn Thời: Khánh Hải, Khánh Bình Tây, Khánh Hưng, Phong Điền, Trần Hợi, Khánh Lộc
    U Minh: Khánh An, Khánh Lâm, Khánh Hội, Khánh Tiến, Nguyễn Phích, Khánh Thuận
""").items()
    ),
    hamlet_heads=("Rạch", "Cái", "Kinh", "Xóm", "Tân", "Vàm", "Đường", "Chà"),
    hamlet_tails=words("Đước Mắm Chèo Ráng Ngay Đôi Hội Biển Lá Tắc Dinh Tàu Keo Nhum Rẫy Bần Ông Cui Năm Đất"),
    words=lists("""
    dacsan: cua Năm Căn, tôm khô Rạch Gốc, mật ong rừng U Minh, ba khía Rạch Gốc, cá khô bổi, mắm lóc, chuối khô
    cuakhau: cảng Năm Căn, cảng Hòn Khoai, cảng cá Sông Đốc, cảng cá Rạch Gốc
    diemden: Mũi Cà Mau, rừng tràm U Minh Hạ, Hòn Đá Bạc, đảo Hòn Khoai, đầm Thị Tường, vườn chim Cà Mau
    congtrinh: cao tốc Cần Thơ - Cà Mau, đường Hồ Chí Minh, quốc lộ 63, cầu Năm Căn, cầu Gành Hào, đê biển Tây
    danhhieu: Khu dự trữ sinh quyển thế giới Mũi Cà Mau
    songsuoi: sông Ông Đốc, sông Cửa Lớn, sông Gành Hào, sông Trẹm, sông Bảy Háp
    dantoc: Kinh, Khmer, Hoa
    lehoi: Lễ hội Nghinh Ông Sông Đốc, Lễ hội Vía Bà Thiên Hậu, Lễ hội Cua Cà Mau, Tết Chôl Chnăm Thmây
    langnghe: nghề gác kèo ong, nghề muối ba khía, nghề làm tôm khô, nghề dệt chiếu Tân Thành, nghề làm khô cá bổi
    donbp: Đồn Biên phòng Sông Đốc, Đồn Biên phòng Đất Mũi, Đồn Biên phòng Hòn Khoai, Đồn Biên phòng Rạch Gốc
    nuocban: Koh Kong (Campuchia)
"""),
)
