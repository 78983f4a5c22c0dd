//! Rules of tax follow each other: what begins ahead taxes nothing of today.
use crate::support::World;
use chrono::{Duration, NaiveDate};
use entity::{platform::audit_log, value::Ratio};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::billing::tax_rules::{self, NewTaxRule},
    kernel::fault::Fault,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// PPN of 12 % of the whole price.
fn dearer(from: &str) -> NewTaxRule {
    NewTaxRule {
        country_code: "ID".to_owned(),
        label: "PPN 12%".to_owned(),
        rate_percent: 12,
        base: Ratio::new(1, 1),
        valid_from: day(from),
    }
}

#[tokio::test]
async fn a_rule_from_tomorrow_on_taxes_tomorrows_invoice_and_not_todays() {
    let world = World::new().await;
    world.charges_ppn().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));

    let added = tax_rules::add(&ana, dearer("2026-11-22")).await.unwrap();
    assert_eq!(world.invoice(&budi, &[50_000]).await.tax_minor, 5_500);

    world.advance(Duration::days(1));
    assert_eq!(world.invoice(&budi, &[50_000]).await.tax_minor, 6_000);
    let rules = tax_rules::list(&ana.db).await.unwrap();
    assert_eq!((&rules[0], rules[1].valid_until), (&added, Some(day("2026-11-22"))), "it ends the one before it");
    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("billing.tax_rule.add"));
    assert_eq!(trail.count(&ana.db).await.unwrap(), 1);
    world.books_are_right().await;
}

#[tokio::test]
async fn rules_neither_overlap_nor_reach_back() {
    let world = World::new().await;
    world.charges_ppn().await;
    let ana = world.staff("ana");
    let refused = async |new: NewTaxRule| {
        let faults = tax_rules::add(&ana, new).await.unwrap_err().fields();
        faults.into_iter().map(|fault| (fault.field, fault.code.into_owned())).collect::<Vec<_>>()
    };
    let fault = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];

    for early in ["2026-11-21", "2026-10-31", "2025-06-01", "2040-01-01"] {
        assert_eq!(refused(dearer(early)).await, fault("valid_from", "not_ahead"), "{early}");
    }
    tax_rules::add(&ana, dearer("2027-01-01")).await.unwrap();
    for overlapping in ["2026-12-01", "2027-01-01"] {
        assert_eq!(refused(dearer(overlapping)).await, fault("valid_from", "tax_rule_overlaps"), "{overlapping}");
    }
    let abroad = NewTaxRule { country_code: "sg".to_owned(), label: "GST 9%".to_owned(), ..dearer("2026-12-01") };
    assert_eq!(tax_rules::add(&ana, abroad).await.unwrap().country_code, "SG", "every country has its own");

    let nothing = NewTaxRule { rate_percent: 0, base: Ratio::new(13, 12), ..dearer("2028-01-01") };
    let wrong = refused(nothing).await;
    assert_eq!(wrong.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["rate_percent", "base"]);
    assert_eq!(tax_rules::list(&ana.db).await.unwrap().len(), 4, "two of the beginning, two more");
}

#[tokio::test]
async fn a_rule_is_taken_back_before_it_begins_and_the_one_before_it_goes_on() {
    let world = World::new().await;
    world.charges_ppn().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let first = tax_rules::add(&ana, dearer("2026-11-22")).await.unwrap();
    let second = tax_rules::add(&ana, dearer("2027-01-01")).await.unwrap();
    assert_eq!(tax_rules::withdraw(&ana, &first.id).await.unwrap_err().code(), "INVALID_STATE", "another follows");

    for rule in [&second, &first] {
        tax_rules::withdraw(&ana, &rule.id).await.unwrap();
    }
    assert_eq!(tax_rules::withdraw(&ana, &first.id).await.unwrap_err().code(), "NOT_FOUND");
    let rules = tax_rules::list(&ana.db).await.unwrap();
    assert_eq!((rules.len(), rules[0].valid_until), (2, None));
    assert_eq!(tax_rules::withdraw(&ana, &rules[0].id).await.unwrap_err().code(), "INVALID_STATE", "it has begun");

    world.advance(Duration::days(1));
    assert_eq!(world.invoice(&budi, &[50_000]).await.tax_minor, 5_500);
}
