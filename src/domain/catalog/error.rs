//! What can go wrong in the catalog.
use crate::kernel::fault::{Fault, FieldFault, Kind, database_code, database_kind};
use sea_orm::DbErr;

/// Why the catalog refuses.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// No such category, product, plan or template.
    #[error("not in the catalog")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The plan has no free slot.
    #[error("plan {plan} has no free slot")]
    QuotaExceeded {
        /// Id or code of the plan.
        plan: String,
    },
    /// The new stock is below what is in use.
    #[error("{used} slots are in use")]
    QuotaBelowUsed {
        /// Slots reserved or allocated.
        used: i64,
    },
    /// A template's version was loaded before with another text.
    #[error("version {version} of the template {slug} is stored with another text")]
    TemplateVersionTaken {
        /// Which service.
        slug: String,
        /// Which version.
        version: String,
    },
    /// The licence needs an agreement before the service is sold.
    #[error("the licence of {slug} needs an agreement before it is sold")]
    AgreementMissing {
        /// Which service.
        slug: String,
    },
    /// It is sold to nobody any more, for good.
    #[error("it is retired")]
    Retired,
    /// The option is not what whoever changes it saw.
    #[error("the option has changed since it was seen")]
    OptionChanged,
    /// The coupon has been used, so that its terms stand.
    #[error("the coupon has been used")]
    CouponInUse,
    /// The coupon was ended.
    #[error("the coupon has ended")]
    CouponEnded,
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Fault for CatalogError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::QuotaExceeded { .. }
            | Self::QuotaBelowUsed { .. }
            | Self::TemplateVersionTaken { .. }
            | Self::AgreementMissing { .. }
            | Self::Retired
            | Self::OptionChanged
            | Self::CouponInUse
            | Self::CouponEnded => Kind::Conflict,
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::QuotaExceeded { .. } => "QUOTA_EXCEEDED",
            Self::QuotaBelowUsed { .. } => "QUOTA_BELOW_USED",
            Self::TemplateVersionTaken { .. } => "TEMPLATE_VERSION_TAKEN",
            Self::AgreementMissing { .. } => "AGREEMENT_MISSING",
            Self::Retired => "RETIRED",
            Self::OptionChanged => "OPTION_CHANGED",
            Self::CouponInUse => "COUPON_IN_USE",
            Self::CouponEnded => "COUPON_ENDED",
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::QuotaExceeded { plan } => vec![("plan", plan.clone())],
            Self::QuotaBelowUsed { used } => vec![("used", used.to_string())],
            Self::TemplateVersionTaken { slug, version } => vec![("slug", slug.clone()), ("version", version.clone())],
            Self::AgreementMissing { slug } => vec![("slug", slug.clone())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}
