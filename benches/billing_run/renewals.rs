//! Contracts that are due: each of a customer of its own, so that no two share an invoice.
use chrono::{Duration, NaiveDate};
use entity::{
    catalog::{category, plan, product},
    customers::customer,
    subscriptions::{cycle, subscription},
    value::*,
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use yumna::{
    app::seed,
    domain::{Ctx, settings},
    kernel::db::insert_all,
};

/// Contracts of one transaction.
const AT_ONCE: u32 = 5_000;
const PRICE_MINOR: i64 = 50_000;

/// Writes `size` contracts whose renewal is due, of a shop that charges PPN.
pub async fn write(ctx: &Ctx, size: u32) -> anyhow::Result<()> {
    seed::base(&ctx.services).await?;
    let since = NaiveDate::from_ymd_opt(2025, 1, 1);
    let tax = settings::Tax { is_pkp: true, pkp_since: since, ..settings::load(&ctx.db).await?.tax };
    settings::save_section(ctx, tax).await?;
    let plan = plan_of(ctx).await?;
    for first in (0..size).step_by(AT_ONCE as usize) {
        let (mut customers, mut contracts, mut cycles) = (Vec::new(), Vec::new(), Vec::new());
        for number in first..size.min(first + AT_ONCE) {
            let customer = customer_of(ctx, number);
            let contract = contract_of(ctx, &plan, &customer);
            cycles.push(first_cycle(&contract).into_active_model().reset_all());
            customers.push(customer.into_active_model().reset_all());
            contracts.push(contract.into_active_model().reset_all());
        }
        let tx = ctx.begin().await?;
        insert_all(&tx, customers, None).await?;
        insert_all(&tx, contracts, None).await?;
        insert_all(&tx, cycles, None).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn plan_of(ctx: &Ctx) -> anyhow::Result<plan::Model> {
    let now = ctx.now();
    let shelf = category::Model {
        id: CategoryId::generate(),
        slug: "hosting".to_owned(),
        name_id: "Hosting".to_owned(),
        name_en: "Hosting".to_owned(),
        position: 1,
        is_hidden: false,
    };
    let product = product::Model {
        id: ProductId::generate(),
        category_id: shelf.id.clone(),
        slug: "hosting".to_owned(),
        kind: ProductKind::PaasService,
        name: "Hosting".to_owned(),
        tagline_id: String::new(),
        tagline_en: String::new(),
        description_id: String::new(),
        description_en: String::new(),
        is_featured: false,
        is_hidden: false,
        retired_at: None,
        position: 1,
        driver: "kubernetes".to_owned(),
        service_template_id: None,
        purchase_policy: PurchasePolicy::Multiple,
        allows_downgrade: true,
        trial_days: 0,
        releases_quota_on_suspension: false,
        created_at: now,
        updated_at: now,
    };
    let plan = plan::Model {
        id: PlanId::generate(),
        product_id: product.id.clone(),
        code: "hosting-basic".to_owned(),
        name: "Basic".to_owned(),
        tier: 1,
        cpu_milli: 500,
        memory_mb: 512,
        storage_gb: 5,
        quota_total: 10_000_000,
        quota_used: 0,
        is_hidden: false,
        retired_at: None,
        created_at: now,
        updated_at: now,
    };
    let tx = ctx.begin().await?;
    insert_all(&tx, vec![shelf.into_active_model().reset_all()], None).await?;
    insert_all(&tx, vec![product.into_active_model().reset_all()], None).await?;
    insert_all(&tx, vec![plan.clone().into_active_model().reset_all()], None).await?;
    tx.commit().await?;
    Ok(plan)
}

fn customer_of(ctx: &Ctx, number: u32) -> customer::Model {
    customer::Model {
        id: CustomerId::generate(),
        name: format!("Pelanggan {number:07}"),
        company: None,
        email: format!("due{number}@example.test"),
        phone: Some("+6281234567890".to_owned()),
        street_1: Some("Jl. Melati 7".to_owned()),
        street_2: None,
        city: Some("Bandung".to_owned()),
        state: Some("Jawa Barat".to_owned()),
        postal_code: Some("40115".to_owned()),
        country_code: "ID".to_owned(),
        tax_country: "ID".to_owned(),
        npwp: None,
        nitku: None,
        tax_exempt_reason: None,
        vat_collector: None,
        withholds_income_tax: false,
        locale: "id".to_owned(),
        currency: IDR.to_owned(),
        status: CustomerStatus::Active,
        credit_limit_minor: 0,
        auto_debit: true,
        separate_invoices: false,
        risk_level: "normal".to_owned(),
        rdash_customer_id: None,
        rdash_synced_at: None,
        rdash_sync_status: None,
        rdash_sync_error: None,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    }
}

fn contract_of(ctx: &Ctx, plan: &plan::Model, customer: &customer::Model) -> subscription::Model {
    let (now, today) = (ctx.now(), business_day(ctx.now()));
    let end = today + chrono::Days::new(7);
    subscription::Model {
        id: SubscriptionId::generate(),
        customer_id: customer.id.clone(),
        product_id: plan.product_id.clone(),
        plan_id: plan.id.clone(),
        order_id: None,
        status: SubscriptionStatus::Active,
        cycle: Cycle::Monthly,
        price_minor: PRICE_MINOR,
        tax_included: false,
        discount: None,
        next_terms: None,
        currency: IDR.to_owned(),
        anchor_day: 1,
        options: entity::value::AgreedOptions::default(),
        config: serde_json::json!({}),
        period_start: Some(end - chrono::Days::new(30)),
        period_end: Some(end),
        next_renewal_at: Some(day_start(end)),
        // As in a shop: all that fall due on one day do so at the same instant.
        next_invoice_at: Some(day_start(today)),
        next_step_at: None,
        auto_renew: true,
        exclusive_key: None,
        elsewhere: None,
        cancel_reason: None,
        end_reason: None,
        activated_at: Some(now - Duration::days(23)),
        suspended_at: None,
        terminated_at: None,
        created_at: now,
        updated_at: now,
    }
}

fn first_cycle(contract: &subscription::Model) -> cycle::Model {
    cycle::Model {
        id: SubscriptionCycleId::generate(),
        subscription_id: contract.id.clone(),
        number: 1,
        period_start: contract.period_start,
        period_end: contract.period_end,
        status: SubscriptionCycleStatus::Paid,
        invoice_id: None,
        discount_minor: 0,
        terms: None,
        grace_until: None,
        created_at: contract.created_at,
    }
}
