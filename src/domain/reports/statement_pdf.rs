//! The statement of account on paper, with the figures of the page.
use super::{
    range::Range,
    statement::{self, Statement},
};
use crate::{
    domain::{
        Ctx,
        documents::{AccountPaper, DocumentError, PdfFile, account_pdf, buyer_lines, seller_lines},
        settings,
    },
    kernel::{
        format::{date_wib, day, money},
        locale::{Lang, t, ta},
    },
};
use entity::{
    customers::customer,
    value::{CustomerId, Money, business_day},
};
use sea_orm::{DbErr, EntityTrait};
use serde_json::json;

/// The statement of a customer over `range` as PDF in `lang`; whose it is, is the caller's check. It is drawn anew each
/// time, because what it says changes with every posting.
///
/// # Errors
/// Drawing; the database.
pub async fn of(ctx: &Ctx, customer_id: &CustomerId, range: Range, lang: Lang) -> Result<PdfFile, DocumentError> {
    let customer = customer::Entity::find_by_id(customer_id.clone()).one(&ctx.db).await?;
    let customer = customer.ok_or_else(|| DbErr::RecordNotFound(customer_id.to_string()))?;
    let statement = statement::of(ctx, customer_id, range).await?;
    let seller = settings::current(ctx).await?.seller_on(business_day(ctx.now()));
    // Why somebody is not taxed belongs on invoices.
    let buyer = json!({
        "name": customer.name, "company": customer.company, "street_1": customer.street_1,
        "street_2": customer.street_2, "city": customer.city, "state": customer.state,
        "postal_code": customer.postal_code, "country_code": customer.country_code, "email": customer.email,
        "npwp": customer.npwp, "nitku": customer.nitku,
    });
    let parties = [
        (t(lang, "statement-paper-from"), seller_lines(&seller, lang)),
        (t(lang, "statement-paper-to"), buyer_lines(&buyer, &seller, lang)),
    ];
    let made = date_wib(ctx.now(), lang);
    account_pdf(paper(&statement, parties, &made, lang)).await
}

fn paper(statement: &Statement, parties: [(String, Vec<String>); 2], made: &str, lang: Lang) -> AccountPaper {
    let rupiah = |minor: i64| money(&Money::idr(minor), lang);
    let (range, closing) = (statement.range, statement.closing_minor());
    let note = match closing {
        0 => "statement-nothing-open",
        1.. => "statement-you-owe",
        _ => "statement-in-your-favour",
    };
    let sums = [
        (t(lang, "statement-opening"), rupiah(statement.opening_minor)),
        (t(lang, "statement-charged"), rupiah(statement.charged_minor)),
        (t(lang, "statement-credited"), rupiah(-statement.credited_minor)),
        (format!("{} ({})", t(lang, "statement-closing"), t(lang, note)), rupiah(closing)),
    ];
    let rows = statement.lines.iter().map(|line| {
        [
            day(business_day(line.posted_at), lang),
            t(lang, &format!("statement-{}", line.word())),
            line.document.clone().unwrap_or_default(),
            rupiah(line.amount_minor),
            rupiah(line.balance_minor),
        ]
    });
    let mut notes = vec![ta(lang, "statement-paper-made", &[("date", made)])];
    notes.extend(statement.is_cut.then(|| t(lang, "statement-cut")));
    notes.extend(statement.lines.is_empty().then(|| t(lang, "statement-empty-text")));
    let heads = ["statement-at", "statement-what", "statement-document", "statement-amount", "statement-balance"];
    AccountPaper {
        lang,
        title: t(lang, "statement-title"),
        span: ta(lang, "statement-paper-span", &[("from", day(range.from, lang)), ("to", day(range.last(), lang))]),
        parties,
        sums: sums.into(),
        heads: heads.map(|key| t(lang, key)),
        rows: rows.collect(),
        notes,
        name: format!("statement-{}-{}", range.from, range.last()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reports::statement::Line;

    #[test]
    fn the_paper_says_what_the_page_says() {
        let range = Range::month_of("2026-11-21".parse().unwrap());
        let line = |kind: &str, amount_minor, balance_minor| Line {
            posted_at: "2026-11-20T20:00:00Z".parse().unwrap(),
            kind: kind.to_owned(),
            document: Some("INV/2026/000001".to_owned()),
            invoice_id: Some("inv_1".to_owned()),
            amount_minor,
            balance_minor,
        };
        let statement = Statement {
            range,
            opening_minor: 1_000,
            charged_minor: 55_500,
            credited_minor: 56_500,
            lines: vec![line("invoice_issued", 55_500, 56_500), line("payment_settled", -56_500, 0)],
            is_cut: false,
        };
        for lang in [Lang::Id, Lang::En] {
            let parties = [(String::new(), Vec::new()), (String::new(), Vec::new())];
            let paper = paper(&statement, parties, "hari ini", lang);
            assert_eq!(paper.rows[0][3], money(&Money::idr(55_500), lang));
            assert_eq!(paper.rows[1][4], money(&Money::idr(0), lang));
            assert_eq!(paper.rows[0][0], day("2026-11-21".parse().unwrap(), lang), "days are those of Jakarta");
            assert_eq!(paper.sums[3].1, money(&Money::idr(0), lang));
            assert_eq!(paper.notes.len(), 1);
        }
    }
}
