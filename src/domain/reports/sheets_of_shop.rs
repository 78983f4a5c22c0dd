//! The tables of what is sold: products and plans, and their stock.
use super::{
    csv::Value,
    products, quota,
    range::Range,
    sheet::{Sheet, made, percent},
};
use crate::{
    domain::Ctx,
    kernel::locale::{Lang, t},
};
use entity::value::business_day;
use sea_orm::DbErr;

pub(super) async fn products(ctx: &Ctx, range: Range, lang: Lang) -> Result<Sheet, DbErr> {
    let report = products::report(ctx, range).await?;
    let heads = [
        "report-product",
        "report-plan",
        "report-plan-start",
        "report-plan-began",
        "report-plan-moved",
        "report-plan-ended",
        "report-plan-running",
        "report-mrr",
        "report-issued",
        "report-share",
    ];
    let rows = report.plans.iter().map(|line| -> Vec<Value> {
        let figures = &line.figures;
        vec![
            line.product.clone().unwrap_or_else(|| t(lang, "report-no-contract")).into(),
            line.plan.as_deref().into(),
            figures.start.into(),
            figures.began.into(),
            figures.moved.into(),
            figures.ended.into(),
            figures.running.into(),
            figures.mrr_minor.into(),
            figures.issued_minor.into(),
            report.share_bp(figures).map(|share| percent(share, lang)).as_deref().into(),
        ]
    });
    Ok(made(lang, "products", report.range, &heads, rows.collect()))
}

/// Of this moment, whatever span was asked for.
pub(super) async fn quota(ctx: &Ctx, lang: Lang) -> Result<Sheet, DbErr> {
    let report = quota::report(ctx).await?;
    let heads = [
        "report-product",
        "report-plan",
        "report-quota-total",
        "report-quota-used",
        "report-quota-reserved",
        "report-quota-available",
        "report-quota-share",
        "report-quota-waiting",
        "report-quota-waiting-paid",
    ];
    let rows = report.plans.iter().map(|line| -> Vec<Value> {
        vec![
            line.product.as_str().into(),
            line.plan.as_str().into(),
            line.total.into(),
            line.used().into(),
            line.reserved.into(),
            line.available().into(),
            line.taken_bp().map(|share| percent(share, lang)).as_deref().into(),
            line.waiting.into(),
            line.waiting_paid.into(),
        ]
    });
    let today = business_day(ctx.now());
    let range = Range { from: today, until: today.succ_opt().unwrap_or(today) };
    Ok(made(lang, "quota", range, &heads, rows.collect()))
}
