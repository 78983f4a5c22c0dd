//! `/api/whm/settings`: what the business decides, section by section.
use crate::{
    api::{ApiResult, extract::Body, principal::Staff, problem::Problem},
    domain::{
        Ctx, ledger,
        settings::{
            self, Automation, Billing, Books, Company, LateFees, Numbering, Sales, Section, SettingsError, Tax, Wallet,
        },
    },
    kernel::{fault::CommonFault, permission::can},
};
use actix_web::{HttpResponse, get, patch, web};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The sections by the names their paths have.
#[derive(Serialize, ToSchema)]
struct SettingsOut {
    /// Who sells; printed on documents.
    #[schema(value_type = Object)]
    company: Map<String, Value>,
    /// How the seller is taxed; rates (`…_bp`) are hundredths of a percent.
    #[schema(value_type = Object)]
    tax: Map<String, Value>,
    /// Patterns of document numbers, and the first number of each series in this business year (`…_first`).
    #[schema(value_type = Object)]
    numbering: Map<String, Value>,
    /// Days and words of invoices.
    #[schema(value_type = Object)]
    billing: Map<String, Value>,
    /// Fees for what is paid late.
    #[serde(rename = "late-fees")]
    #[schema(value_type = Object)]
    late_fees: Map<String, Value>,
    /// How the books are kept.
    #[schema(value_type = Object)]
    books: Map<String, Value>,
    /// When automation holds itself back.
    #[schema(value_type = Object)]
    automation: Map<String, Value>,
    /// Rules of the shop.
    #[schema(value_type = Object)]
    sales: Map<String, Value>,
    /// Limits of wallets, minor units.
    #[schema(value_type = Object)]
    wallet: Map<String, Value>,
}

impl SettingsOut {
    async fn read(ctx: &Ctx) -> ApiResult<Self> {
        let all = settings::load(&ctx.db).await.map_err(CommonFault::from)?;
        let mut numbering = settings::fields_of(&all.numbering)?;
        for (series, first) in ledger::first_numbers(ctx).await.map_err(CommonFault::from)? {
            numbering.insert(series.first_field(), first.into());
        }
        Ok(Self {
            company: settings::fields_of(&all.company)?,
            tax: settings::fields_of(&all.tax)?,
            numbering,
            billing: settings::fields_of(&all.billing)?,
            late_fees: settings::fields_of(&all.late_fees)?,
            books: settings::fields_of(&all.books)?,
            automation: settings::fields_of(&all.automation)?,
            sales: settings::fields_of(&all.sales)?,
            wallet: settings::fields_of(&all.wallet)?,
        })
    }

    /// One of them.
    fn section(self, name: &str) -> Result<Map<String, Value>, CommonFault> {
        Ok(match name {
            Company::KEY => self.company,
            Tax::KEY => self.tax,
            Numbering::KEY => self.numbering,
            Billing::KEY => self.billing,
            LateFees::KEY => self.late_fees,
            Books::KEY => self.books,
            Automation::KEY => self.automation,
            Sales::KEY => self.sales,
            Wallet::KEY => self.wallet,
            _ => return Err(CommonFault::NotFound),
        })
    }
}

/// What the business decides, by section: all that its forms in WHM show. Accounts at gateways and their secrets are
/// not among it.
#[utoipa::path(tag = "whm-operations", responses((status = 200, body = SettingsOut), (status = 403, body = Problem)))]
#[get("/api/whm/settings")]
pub async fn show_settings(staff: Staff<can::ReadSettings>) -> ApiResult<HttpResponse> {
    Ok(HttpResponse::Ok().json(SettingsOut::read(&staff.ctx).await?))
}

#[derive(Serialize, ToSchema)]
struct SectionAnswer {
    section: String,
    /// All its fields as they are now.
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
}

/// Changes the fields of a section that are named; the others stay as they are.
///
/// The sections and their fields are those of `GET /api/whm/settings`. A field the section does not have is 422 here,
/// because a setting that is misspelt must not look saved; where one field is wrong, none is changed.
#[utoipa::path(tag = "whm-operations", request_body = Object, responses((status = 200, body = SectionAnswer), (status = 404, body = Problem), (status = 422, body = Problem)))]
#[patch("/api/whm/settings/{section}")]
pub async fn change_settings(
    staff: Staff<can::ManageSettings>,
    section: web::Path<String>,
    body: Body,
) -> ApiResult<HttpResponse> {
    let section = section.into_inner();
    SettingsOut::read(&staff.ctx).await?.section(&section)?;
    save(&staff.ctx, &section, &body.parse()?).await?;
    let settings = SettingsOut::read(&staff.ctx).await?.section(&section)?;
    Ok(HttpResponse::Ok().json(SectionAnswer { section, settings }))
}

async fn save(ctx: &Ctx, section: &str, changes: &Map<String, Value>) -> Result<(), SettingsError> {
    match section {
        Company::KEY => settings::change_fields::<Company>(ctx, changes).await.map(drop),
        Tax::KEY => settings::change_fields::<Tax>(ctx, changes).await.map(drop),
        Numbering::KEY => ledger::change_numbering(ctx, changes).await,
        Billing::KEY => settings::change_fields::<Billing>(ctx, changes).await.map(drop),
        LateFees::KEY => settings::change_fields::<LateFees>(ctx, changes).await.map(drop),
        Books::KEY => settings::change_fields::<Books>(ctx, changes).await.map(drop),
        Automation::KEY => settings::change_fields::<Automation>(ctx, changes).await.map(drop),
        Sales::KEY => settings::change_fields::<Sales>(ctx, changes).await.map(drop),
        Wallet::KEY => settings::change_fields::<Wallet>(ctx, changes).await.map(drop),
        _ => Err(CommonFault::NotFound),
    }
}
