//! What the business decides, and the checklist.
use crate::support::World;
use chrono::{Duration, NaiveDate};
use entity::platform::audit_log;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        ledger::{self, Series},
        settings::{self, Company, Facts, Numbering, Sales, Settings, Tax, Wallet},
    },
    kernel::fault::Fault,
};

fn company() -> Company {
    Company {
        name: "Yumna Cloud".into(),
        legal_name: "PT Yumna".into(),
        street: "Jl. Merdeka 1".into(),
        city: "Bandung".into(),
        postal_code: "40115".into(),
        email: "Halo@Yumna.test".into(),
        npwp: "01.855.081.4-412.000".into(),
        bank_name: "BCA".into(),
        bank_account: "123".into(),
        bank_account_name: "PT Yumna".into(),
        ..Company::default()
    }
}

#[tokio::test]
async fn what_was_never_saved_has_defaults_and_what_was_saved_stays() {
    let world = World::new().await;
    let ctx = world.system();
    assert_eq!(settings::load(&ctx.db).await.unwrap(), Settings::default());

    let saved = settings::save_section(&ctx, company()).await.unwrap();
    settings::save_section(&ctx, company()).await.unwrap();

    assert_eq!((saved.email.as_str(), saved.npwp.as_str()), ("halo@yumna.test", "018550814412000"));
    assert_eq!(settings::load(&ctx.db).await.unwrap().company, saved);
    let changes = audit_log::Entity::find().filter(audit_log::Column::TargetId.eq("company"));
    assert_eq!(changes.count(&ctx.db).await.unwrap(), 1, "the same twice is one change");
}

#[tokio::test]
async fn wrong_values_are_named_by_field_and_change_nothing() {
    let world = World::new().await;
    let ctx = world.system();
    let codes = |error: settings::SettingsError| -> Vec<String> {
        error.fields().into_iter().map(|fault| format!("{}:{}", fault.field, fault.code)).collect()
    };

    let wrong =
        Company { name: String::new(), phone: "x".into(), npwp: "1".into(), country_code: "ZZ".into(), ..company() };
    let found = codes(settings::save_section(&ctx, wrong).await.unwrap_err());
    let expected = ["name:required", "country_code:invalid_country", "phone:invalid_phone", "npwp:invalid_npwp"];
    assert!(expected.iter().all(|one| found.contains(&(*one).to_owned())), "{found:?}");
    let wrong = Tax { is_pkp: true, ..Tax::default() };
    assert_eq!(codes(settings::save_section(&ctx, wrong).await.unwrap_err()), ["pkp_since:required"]);
    let wrong = Numbering { invoice: "INV".into(), ..Numbering::default() };
    assert_eq!(codes(settings::save_section(&ctx, wrong).await.unwrap_err()), ["invoice:invalid_pattern"]);
    let wrong = Wallet { min_top_up_minor: 100, max_top_up_minor: 50, adjust_limit_minor: -1 };
    let found = codes(settings::save_section(&ctx, wrong).await.unwrap_err());
    assert_eq!(found, ["max_top_up_minor:out_of_range", "adjust_limit_minor:out_of_range"]);
    assert_eq!(settings::load(&ctx.db).await.unwrap(), Settings::default());
}

#[tokio::test]
async fn the_shop_opens_only_when_everything_on_the_checklist_is_done() {
    let world = World::new().await;
    let ctx = world.system();
    let facts = Facts { is_gateway_tested: true, has_cluster: true };
    let open = async || -> Vec<&'static str> {
        let settings = settings::load(&ctx.db).await.unwrap();
        settings::checklist(&settings, &facts).into_iter().filter_map(|item| item.why).collect()
    };
    assert_eq!(
        open().await,
        ["company-incomplete", "tax-undecided", "bank-missing", "numbering-unconfirmed", "mail-untested"]
    );
    assert_eq!(settings::set_selling(&ctx, true, &facts).await.unwrap_err().code(), "INVALID_STATE");

    let pkp = Tax { is_pkp: true, pkp_since: NaiveDate::from_ymd_opt(2026, 1, 1), ..Tax::default() };
    settings::save_section(&ctx, Company { npwp: String::new(), ..company() }).await.unwrap();
    settings::save_section(&ctx, pkp).await.unwrap();
    assert!(open().await.contains(&"tax-number-missing"));
    settings::save_section(&ctx, company()).await.unwrap();
    settings::confirm_numbering(&ctx).await.unwrap();
    settings::record_mail_test(&ctx).await.unwrap();
    assert!(open().await.is_empty());

    let no_cluster = Facts { has_cluster: false, ..facts };
    assert!(settings::set_selling(&ctx, true, &no_cluster).await.is_err());
    settings::set_selling(&ctx, true, &facts).await.unwrap();
    let closed = Sales { is_selling: false, terms_version: "2".into(), ..Sales::default() };
    settings::save_section(&ctx, closed).await.unwrap();
    let sales = settings::load(&ctx.db).await.unwrap().sales;
    assert!(sales.is_selling && sales.terms_version == "2", "saving the section neither opens nor closes");
    settings::set_selling(&ctx, false, &no_cluster).await.unwrap();
    assert!(!settings::load(&ctx.db).await.unwrap().sales.is_selling);
}

#[tokio::test]
async fn an_installation_gets_its_id_once() {
    let world = World::new().await;
    let ctx = world.system();
    let ids = futures_util::future::join_all((0..4).map(|_| settings::ensure_installation(&ctx))).await;
    let first = ids[0].as_ref().unwrap();
    assert!(ids.iter().all(|id| id.as_ref().unwrap() == first) && first.len() == 26);
    assert_eq!(&settings::load(&ctx.db).await.unwrap().installation.id, first);
}

#[tokio::test]
async fn a_series_begins_with_the_number_that_was_set_before_its_first_use() {
    let world = World::new().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let begin = async |series: Series, first: i64| {
        let saved = ledger::save_numbering(&world.staff("ana"), Numbering::default(), &[(series, first)]).await;
        saved.map_err(|error| {
            error.fields().into_iter().map(|fault| format!("{}:{}", fault.field, fault.code)).collect::<Vec<_>>()
        })
    };

    assert_eq!(begin(Series::Invoice, 0).await, Err(vec!["invoice_first:out_of_range".to_owned()]));
    begin(Series::Invoice, 400).await.unwrap();
    begin(Series::Invoice, 417).await.unwrap();
    let first = world.invoice(&budi, &[50_000]).await;
    let second = world.invoice(&budi, &[50_000]).await;

    assert_eq!((first.number.as_deref(), second.number.as_deref()), (Some("INV/2026/000417"), Some("INV/2026/000418")));
    assert_eq!(begin(Series::Invoice, 417).await, Ok(()), "the same again is no change");
    assert_eq!(begin(Series::Invoice, 500).await, Err(vec!["invoice_first:series_in_use".to_owned()]));
    let firsts = ledger::first_numbers(&ctx).await.unwrap();
    assert_eq!(firsts.iter().map(|(_, first)| *first).collect::<Vec<_>>(), [417, 1, 1, 1, 1]);
    let changes = audit_log::Entity::find().filter(audit_log::Column::TargetId.eq("invoice:2026"));
    assert_eq!(changes.count(&ctx.db).await.unwrap(), 2);
    world.books_are_right().await;

    world.advance(Duration::days(60));
    let next_year = world.invoice(&budi, &[50_000]).await;
    assert_eq!(next_year.number.as_deref(), Some("INV/2027/000001"), "a number is set for one year");
}
