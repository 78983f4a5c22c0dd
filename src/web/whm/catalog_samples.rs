//! The pages of the catalog with empty, typical and extreme contents.
use super::{
    categories, option_form, options, plan_form, plans,
    product_form::{self, Choices},
    products,
    query::ListQuery,
    samples::look,
    view::Part,
    waiting,
};
use crate::{
    domain::catalog::{PlanDetail, listing::StaffService},
    web::form_errors::FormErrors,
};
use chrono::{DateTime, Utc};
use entity::{
    catalog::{category, plan, plan_feature, price, product, product_option, service_template, waitlist_entry},
    value::{Cycle, OptionKind, OptionPrice, OptionValue, OptionValues, ProductKind, PurchasePolicy},
};
use std::collections::HashMap;

fn shelf(is_hidden: bool) -> category::Model {
    category::Model {
        id: "cat_1".into(),
        slug: "aplikasi".into(),
        name_id: "Aplikasi <b>& kawan-kawan".into(),
        name_en: "Apps <b>& friends".into(),
        position: 1,
        is_hidden,
    }
}

fn template(now: DateTime<Utc>) -> service_template::Model {
    service_template::Model {
        id: "tpl_1".into(),
        slug: "n8n".into(),
        version: "1.2.3-1".into(),
        body: String::new(),
        resale: "needs_agreement".into(),
        agreement_note: None,
        created_at: now,
    }
}

fn product(now: DateTime<Utc>, retired_at: Option<DateTime<Utc>>) -> product::Model {
    product::Model {
        id: "prd_1".into(),
        category_id: "cat_1".into(),
        slug: "n8n".into(),
        kind: ProductKind::PaasService,
        name: "n8n <i>".repeat(10),
        tagline_id: "Otomasi kerja".into(),
        tagline_en: "Automate work".into(),
        description_id: "Satu\n\nDua".into(),
        description_en: "One\n\nTwo".into(),
        is_featured: true,
        is_hidden: retired_at.is_some(),
        retired_at,
        position: 3,
        driver: "kubernetes".into(),
        service_template_id: Some("tpl_1".into()),
        purchase_policy: PurchasePolicy::OnePerCustomerUpgradeOnly,
        allows_downgrade: false,
        trial_days: 14,
        releases_quota_on_suspension: true,
        created_at: now,
        updated_at: now,
    }
}

fn detail(now: DateTime<Utc>, retired_at: Option<DateTime<Utc>>, cycles: &[Cycle]) -> PlanDetail {
    let price = |cycle: &Cycle| price::Model {
        id: "prc_1".into(),
        plan_id: "pln_1".into(),
        cycle: *cycle,
        amount_minor: 999_999_999_999,
        setup_fee_minor: 0,
        tax_included: false,
        currency: "IDR".into(),
    };
    let feature = plan_feature::Model {
        plan_id: "pln_1".into(),
        position: 1,
        label_id: "Pengguna".into(),
        label_en: "Users".into(),
        value_id: "Tanpa batas".into(),
        value_en: "Unlimited".into(),
    };
    let plan = plan::Model {
        id: "pln_1".into(),
        product_id: "prd_1".into(),
        code: "n8n-basic".into(),
        name: "Basic".into(),
        tier: 1,
        cpu_milli: 500,
        memory_mb: 1_024,
        storage_gb: 5,
        quota_total: 1_000_000_000,
        quota_used: 3,
        is_hidden: retired_at.is_some(),
        retired_at,
        created_at: now,
        updated_at: now,
    };
    PlanDetail { plan, prices: cycles.iter().map(price).collect(), features: vec![feature] }
}

fn service(now: DateTime<Utc>, retired_at: Option<DateTime<Utc>>, plans: Vec<PlanDetail>) -> StaffService {
    StaffService { product: product(now, retired_at), template: Some(template(now)), plans }
}

fn cycles() -> Vec<Cycle> {
    Cycle::NAMED.into_iter().chain(Cycle::of_days(1)).chain(Cycle::of_days(10)).collect()
}

#[test]
fn shelves_have_no_problems() {
    let query = ListQuery::default();
    look("categories", |frame| categories::list_page(frame, &query, &[shelf(false), shelf(true)], true, Some("next")));
    look("categories-empty", |frame| categories::list_page(frame, &query, &[], false, None));
    for is_hidden in [false, true] {
        let row = shelf(is_hidden);
        look("category-edit", |frame| categories::form_page(frame, Some(&row), &categories::stored(&row)));
    }
    look("category-new", |frame| {
        let mut errors = FormErrors::none();
        errors.add("slug", frame.t("field-taken"));
        categories::form_page(frame, None, &Default::default()).refused(errors)
    });
}

#[test]
fn services_have_no_problems() {
    let query = ListQuery::default();
    let shelves = HashMap::from([("cat_1".into(), shelf(false))]);
    look("products-empty", |frame| products::list_page(frame, &query, (&[], None), &HashMap::new(), false));
    look("products", |frame| {
        let now = frame.now;
        let all = [service(now, None, Vec::new()), service(now, Some(now), vec![detail(now, None, &cycles())])];
        products::list_page(frame, &query, (&all, Some("next")), &shelves, true)
    });
    look("product", |frame| {
        let service = service(frame.now, None, vec![detail(frame.now, None, &cycles())]);
        let mut page = products::detail_page(frame, &service, &shelf(true));
        page.actions = products::acts(&page.frame, &service);
        page
    });
    look("product-retired", |frame| {
        let service = service(frame.now, Some(frame.now), Vec::new());
        let mut page = products::detail_page(frame, &service, &shelf(false));
        page.actions = products::acts(&page.frame, &service);
        page
    });
    look("product-new", |frame| {
        let choices = Choices { shelves: Vec::new(), templates: Vec::new() };
        product_form::new_page(frame, &choices, &product_form::blank())
    });
    look("product-edit", |frame| {
        let row = product(frame.now, None);
        let choices = Choices { shelves: vec![shelf(false)], templates: vec![template(frame.now)] };
        let mut errors = FormErrors::none();
        errors.add("kind", frame.t("field-sold"));
        product_form::edit_page(frame, &row, &choices, &product_form::stored(&row)).refused(errors)
    });
    look("template-new", |frame| products::template_page(frame, "schema = 1\n</textarea>"));
}

fn option(
    kind: OptionKind,
    now: DateTime<Utc>,
    retired_at: Option<DateTime<Utc>>,
    cycles: &[Cycle],
) -> product_option::Model {
    let price = |cycle: &Cycle| OptionPrice {
        cycle: *cycle,
        amount_minor: 999_999_999_999,
        tax_included: true,
        currency: "IDR".into(),
    };
    let value = |code: &str, is_retired| OptionValue {
        code: code.into(),
        name_id: "Prioritas <b>& cepat".into(),
        name_en: "Priority <b>& fast".into(),
        prices: cycles.iter().map(price).collect(),
        is_retired,
    };
    product_option::Model {
        id: "opt_1".into(),
        product_id: "prd_1".into(),
        code: "support".into(),
        name_id: "Dukungan <i>".repeat(6),
        name_en: "Support <i>".repeat(6),
        kind,
        is_required: true,
        minimum: 1,
        maximum: 10_000,
        offered: OptionValues(vec![value("priority", false), value("old", true)]),
        position: 1,
        retired_at,
        created_at: now,
        updated_at: now,
    }
}

#[test]
fn options_have_no_problems() {
    for (name, kind) in
        [("choice", OptionKind::Choice), ("quantity", OptionKind::Quantity), ("switch", OptionKind::Switch)]
    {
        look(&format!("option-{name}"), |frame| {
            let (row, product) = (option(kind, frame.now, None, &cycles()), product(frame.now, None));
            let mut page = options::detail_page(frame, &row, &product);
            page.actions = options::acts(&page.frame, &row);
            page.parts.push(Part::Rows("Opsi".into(), options::table(&page.frame, &[row])));
            page
        });
        look(&format!("option-{name}-edit"), |frame| {
            let row = option(kind, frame.now, None, &[]);
            let mut errors = FormErrors::none();
            errors.add("name_id", frame.t("field-required"));
            option_form::edit_page(frame, &row, &option_form::stored(&row)).refused(errors)
        });
    }
    look("option-retired", |frame| {
        let (row, product) = (option(OptionKind::Choice, frame.now, Some(frame.now), &[]), product(frame.now, None));
        options::detail_page(frame, &row, &product)
    });
    look("option-new", |frame| {
        let row = product(frame.now, None);
        option_form::new_page(frame, &row, &option_form::blank())
    });
}

#[test]
fn waiting_lists_have_no_problems() {
    let query = ListQuery::default();
    look("waiting-empty", |frame| waiting::list_page(frame, &query, &[], &HashMap::new(), None));
    let names = HashMap::from([("cus_1".into(), "PT Nusantara <b>& Rekan".repeat(4))]);
    look("waiting", |frame| {
        let now = frame.now;
        let place = |cycle_number: Option<i32>, notified_at: Option<DateTime<Utc>>| waitlist_entry::Model {
            id: "wai_1".into(),
            plan_id: "pln_1".into(),
            customer_id: "cus_1".into(),
            subscription_id: cycle_number.map(|_| "sub_1".to_owned()),
            cycle_number,
            paid_at: cycle_number.map(|_| now),
            priority: 0,
            notified_at,
            created_at: now,
        };
        let places = [place(Some(1), None), place(Some(3), None), place(None, None), place(None, Some(now))];
        let row = |place: waitlist_entry::Model| (place, detail(now, None, &[]).plan, product(now, None));
        waiting::list_page(frame, &query, &places.map(row), &names, Some("bmV4dA"))
    });
}

#[test]
fn plans_have_no_problems() {
    look("plan", |frame| {
        let (detail, product) = (detail(frame.now, None, &cycles()), product(frame.now, None));
        let mut page = plans::detail_page(frame, &detail, &product);
        page.actions = plans::acts(&page.frame, &detail, &product);
        page
    });
    look("plan-without-price", |frame| {
        let (detail, product) = (detail(frame.now, None, &[]), product(frame.now, None));
        let mut page = plans::detail_page(frame, &detail, &product);
        page.actions = plans::acts(&page.frame, &detail, &product);
        page
    });
    look("plan-retired", |frame| {
        let (detail, product) = (detail(frame.now, Some(frame.now), &cycles()), product(frame.now, None));
        let mut page = plans::detail_page(frame, &detail, &product);
        page.actions = plans::acts(&page.frame, &detail, &product);
        page
    });
    look("plan-new", |frame| {
        plan_form::new_page(frame, &product("2026-11-29T00:00:00Z".parse().unwrap(), None), &plan_form::blank())
    });
    look("plan-edit", |frame| {
        let row = detail(frame.now, None, &[]).plan;
        plan_form::edit_page(frame, &row, &plan_form::stored(&row))
    });
    look("plan-features", |frame| {
        let detail = detail(frame.now, None, &[]);
        let mut errors = FormErrors::none();
        errors.add("features", frame.ta("field-feature-line", [("line", 2)]));
        plan_form::features_page(frame, &detail.plan, &plan_form::lines(&detail.features)).refused(errors)
    });
}
