//! The pages of the profile with an invented customer.
use super::view::{Enrolment, MemberLine, ProfileFields, ProfilePage, SecurityPage, SessionRow};
use crate::{
    domain::documents,
    kernel::locale::Lang,
    web::{
        form_errors::FormErrors,
        frame::{Flash, Frame, Theme},
        panel::samples::frame,
        tone::Tone,
    },
};
use askama::Template;
use chrono::Duration;
use entity::value::*;

/// Every page of the profile, in every state.
pub(in crate::web::panel) fn pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let mut frame = frame(lang, theme, "/panel/profile");
    frame.flash.push(Flash { tone: Tone::Good, text: frame.t("panel-profile-saved") });
    let fields = |name: &str, npwp: &str| ProfileFields {
        name: name.into(),
        company: "PT Nusantara Digital Kreasi Bersama Sejahtera Abadi".into(),
        street_1: "Jl. Melati 7".into(),
        street_2: String::new(),
        city: "Bandung".into(),
        state: "Jawa Barat".into(),
        postal_code: "40115".into(),
        country_code: "ID".into(),
        phone: "+6281234567890".into(),
        npwp: npwp.into(),
        nitku: String::new(),
        locale: "id".into(),
    };
    let mut errors = FormErrors::none();
    errors.add("npwp", frame.t("field-invalid-npwp"));
    let members = || {
        let member = |name: &str, grant: Grant| MemberLine {
            name: name.into(),
            email: "nama.yang.panjang.sekali@perusahaan-nusantara.example.test".into(),
            grant: grant.as_str(),
        };
        vec![member("Budi Santoso", Grant::Owner), member("Rina Kartika", Grant::Billing)]
    };
    let profile = |fields, errors, may_change| {
        let languages = Lang::ALL.iter().map(|lang| (lang.code(), lang.own_name())).collect();
        ProfilePage { frame: frame.clone(), profile: fields, errors, may_change, languages, members: members() }
    };
    let session = |browser: &str, is_this| SessionRow {
        browser: browser.into(),
        address: "203.0.113.77".into(),
        since: frame.now - Duration::hours(5),
        is_this,
    };
    let security = |on: bool, enrolment, recovery_codes: Vec<String>, errors: FormErrors| SecurityPage {
        frame: Frame { path: "/panel/profile/security".into(), flash: Vec::new(), ..frame.clone() },
        email: "budi@example.test".into(),
        password_errors: errors,
        totp_errors: FormErrors::none(),
        has_second_factor: on,
        enrolment,
        recovery_text: recovery_codes.join(" "),
        recovery_codes,
        sessions: vec![session("Firefox · Linux", true), session("Chrome · Android", false)],
    };
    let mut wrong = FormErrors::none();
    wrong.add("current", frame.t("error-invalid-credentials"));
    let secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    let enrolment = Enrolment {
        qr: documents::qr_svg(&format!("otpauth://totp/Yumna:budi%40example.test?secret={secret}&issuer=Yumna"))
            .unwrap(),
        secret: secret.into(),
    };
    let codes = (0..10).map(|n| format!("a1b2c{n}-d4e5f{n}")).collect();
    vec![
        ("profile".into(), profile(fields("Budi Santoso", ""), FormErrors::none(), true).render().unwrap()),
        ("profile-refused".into(), profile(fields("\"><script>", "12"), errors, true).render().unwrap()),
        ("profile-read-only".into(), profile(fields("Budi", ""), FormErrors::none(), false).render().unwrap()),
        ("security".into(), security(false, None, Vec::new(), wrong).render().unwrap()),
        ("security-enrol".into(), security(false, Some(enrolment), Vec::new(), FormErrors::none()).render().unwrap()),
        ("security-codes".into(), security(true, None, codes, FormErrors::none()).render().unwrap()),
    ]
}
