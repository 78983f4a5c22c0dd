//! The pages of coupons with empty, typical and extreme contents.
use super::{
    coupon_form as form,
    coupons::{self, Facts},
    query::ListQuery,
    samples::look,
};
use crate::{domain::ordering::coupon::Redemption, kernel::locale::Lang, web::form_errors::FormErrors};
use chrono::{DateTime, Duration, Utc};
use entity::{
    catalog::coupon,
    ordering::coupon_redemption,
    value::{CouponScope, Cycle, RedemptionStatus},
};
use std::collections::HashMap;

fn row(now: DateTime<Utc>, code: &str) -> coupon::Model {
    coupon::Model {
        id: "cpn_1".into(),
        code: code.into(),
        note: Some("Ulang tahun <b>toko</b> & kawan-kawan".into()),
        basis_points: Some(1_250),
        amount_minor: None,
        currency: "IDR".into(),
        scope: CouponScope { products: vec!["prd_1".into()], plans: Vec::new(), cycles: vec![Cycle::Annually] },
        includes_setup: true,
        renewals: Some(2),
        is_for_new_customers: true,
        minimum_minor: 99_999_999_999,
        max_uses: Some(1_000_000_000),
        max_uses_per_customer: Some(1),
        used: 7,
        starts_at: Some(now - Duration::days(3)),
        ends_at: Some(now + Duration::days(30)),
        ended_at: None,
        created_at: now - Duration::days(5),
        updated_at: now,
    }
}

fn rows(now: DateTime<Utc>) -> Vec<coupon::Model> {
    let base = row(now, "HEMAT20");
    vec![
        base.clone(),
        coupon::Model {
            code: "X".repeat(40),
            starts_at: Some(now + Duration::days(1)),
            renewals: None,
            ..base.clone()
        },
        coupon::Model { code: "HABIS".into(), max_uses: Some(7), renewals: Some(0), ..base.clone() },
        coupon::Model {
            code: "LEWAT".into(),
            basis_points: None,
            amount_minor: Some(99_999_999_999),
            max_uses: None,
            ended_at: Some(now),
            ends_at: None,
            ..base
        },
    ]
}

fn uses(now: DateTime<Utc>) -> Vec<Redemption> {
    RedemptionStatus::ALL
        .iter()
        .map(|status| {
            let row = coupon_redemption::Model {
                id: "cpr_1".into(),
                coupon_id: "cpn_1".into(),
                customer_id: "cus_1".into(),
                order_id: "ord_1".into(),
                status: *status,
                welcome_key: None,
                discount_minor: 99_999_999_999,
                currency: "IDR".into(),
                created_at: now,
                updated_at: now,
            };
            (row, None)
        })
        .collect()
}

#[test]
fn the_list_of_coupons_has_no_problems() {
    let (query, over) = (ListQuery::default(), ListQuery { status: Some("over".into()), ..ListQuery::default() });
    look("coupons", |frame| {
        let rows = rows(frame.now);
        coupons::list_page(frame, &query, &rows, true, Some("abc"))
    });
    look("coupons-empty", |frame| coupons::list_page(frame, &query, &[], true, None));
    look("coupons-no-match", |frame| coupons::list_page(frame, &over, &[], false, None));
}

#[test]
fn a_coupon_and_its_uses_have_no_problems() {
    let customers = HashMap::from([("cus_1".into(), "PT Nusantara Digital Kreasi Bersama Sejahtera".to_owned())]);
    look("coupon", |frame| {
        let facts = Facts {
            row: row(frame.now, "HEMAT20"),
            names: vec!["n8n".into(), "ghost-pro".into()],
            given_minor: 99_999_999_999,
            uses: uses(frame.now),
            customers: customers.clone(),
        };
        coupons::detail_page(frame, &facts, true)
    });
    look("coupon-over", |frame| {
        let row = rows(frame.now).remove(3);
        let facts = Facts { row, names: Vec::new(), given_minor: 0, uses: Vec::new(), customers: HashMap::new() };
        coupons::detail_page(frame, &facts, true)
    });
    let query = ListQuery::default();
    look("coupon-uses", |frame| {
        let (row, uses) = (row(frame.now, "HEMAT20"), uses(frame.now));
        coupons::uses_page(frame, &query, &row, &uses, &customers, Some("abc"))
    });
    look("coupon-uses-empty", |frame| {
        let row = row(frame.now, "HEMAT20");
        coupons::uses_page(frame, &query, &row, &[], &HashMap::new(), None)
    });
}

#[test]
fn the_form_of_a_coupon_has_no_problems() {
    look("coupon-new", |frame| form::new_page(frame, &form::blank()));
    look("coupon-edit", |frame| {
        let row = coupon::Model { used: 0, ..row(frame.now, "HEMAT20") };
        let sent = form::stored(&row, &["n8n".to_owned()], Lang::Id);
        form::edit_page(frame, &row, &sent)
    });
    look("coupon-edit-used", |frame| {
        let row = row(frame.now, "HEMAT20");
        let sent = form::stored(&row, &["n8n".to_owned()], Lang::Id);
        let mut errors = FormErrors::none();
        errors.add("max_uses", frame.ta("field-below-used", [("used", 7)]));
        form::edit_page(frame, &row, &sent).refused(errors)
    });
}
