use entity::value::contact::*;

#[test]
fn mail_addresses_are_lowered_and_nonsense_is_refused() {
    assert_eq!(email(" Budi@Example.TEST ").unwrap(), "budi@example.test");
    assert!(email("a.b+c@sub.example.co.id").is_ok());
    for wrong in [
        "budi",
        "budi@",
        "@x.id",
        "a b@x.id",
        "a@x",
        "a@-x.id",
        "a@x..id",
        ".a@x.id",
        "a\n@x.id",
        "a@1.2.3.4",
        "\"a\"@x.id",
    ] {
        assert_eq!(email(wrong).unwrap_err().code, "invalid_email", "{wrong:?}");
    }
    assert_eq!(email("").unwrap_err().code, "required");
    assert_eq!(email(&format!("{}@x.id", "a".repeat(260))).unwrap_err().code, "too_long");
}

#[test]
fn telephone_numbers_become_international() {
    assert_eq!(phone("0812-3456-7890").unwrap(), "+6281234567890");
    assert_eq!(phone("+65 6123 4567").unwrap(), "+6561234567");
    assert_eq!(phone("0065 6123 4567").unwrap(), "+6561234567");
    for wrong in ["", "12345", "+0123456789", "+62abc", "+1234567890123456", "081"] {
        assert_eq!(phone(wrong).unwrap_err().code, "invalid_phone", "{wrong:?}");
    }
}

#[test]
fn tax_numbers_are_checked() {
    assert_eq!(npwp("01.855.081.4-412.000").unwrap(), "018550814412000");
    assert_eq!(npwp("0018550814412000").unwrap(), "0018550814412000");
    assert_eq!(npwp("3171234508900001").unwrap(), "3171234508900001");
    for wrong in
        ["018550815412000", "12345", "000000000000000", "3171239908900001", "3171234513900001", "01855081441200x"]
    {
        assert_eq!(npwp(wrong).unwrap_err().code, "invalid_npwp", "{wrong}");
    }
}

#[test]
fn a_place_of_business_belongs_to_its_tax_number() {
    let number = nitku("0018550814412000 000003").unwrap();
    assert_eq!(number, "0018550814412000000003");
    assert!(is_nitku_of(&number, "018550814412000") && is_nitku_of(&number, "0018550814412000"));
    assert!(!is_nitku_of(&number, "3171234508900001"));
    for wrong in ["", "000003", "001855081441200000000x", "00185508144120000000031"] {
        assert_eq!(nitku(wrong).unwrap_err().code, "invalid_nitku", "{wrong}");
    }
}

#[test]
fn countries_and_postal_codes_belong_together() {
    assert_eq!(country("id").unwrap(), "ID");
    assert_eq!(country("XX").unwrap_err().code, "invalid_country");
    assert_eq!(postal_code("40115", "ID").unwrap(), "40115");
    assert_eq!(postal_code("4011", "ID").unwrap_err().code, "invalid_postal_code");
    assert_eq!(postal_code("sw1a 1aa", "GB").unwrap(), "SW1A 1AA");
}

#[test]
fn names_cannot_carry_links_or_disguises() {
    assert_eq!(name("  Siti Nurhaliza ", 120).unwrap(), "Siti Nurhaliza");
    assert_eq!(name("<b>O'Brien</b>; DROP", 120).unwrap(), "<b>O'Brien</b>; DROP");
    assert_eq!(name("Win https://evil.test", 120).unwrap_err().code, "contains_link");
    assert_eq!(name("a\u{202e}b", 120).unwrap_err().code, "control_characters");
    assert_eq!(name("a\r\nBcc: x", 120).unwrap_err().code, "control_characters");
    assert_eq!(name(&"é".repeat(121), 120).unwrap_err().code, "too_long");
    assert_eq!(name(" ", 120).unwrap_err().code, "required");
    assert_eq!(optional_line("", 5), Ok(None));
}
