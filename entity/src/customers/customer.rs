//! Table `customers`.
use crate::value::{CustomerId, CustomerStatus, VatCollector};
use sea_orm::entity::prelude::*;

/// An account that pays: a person or a company.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// Name of the person or contact.
    pub name: String,
    /// Name of the company.
    pub company: Option<String>,
    /// Address for documents.
    pub email: String,
    /// E.164.
    pub phone: Option<String>,
    /// Street and number.
    pub street_1: Option<String>,
    /// Further line.
    pub street_2: Option<String>,
    /// City or regency.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2.
    pub country_code: String,
    /// Country whose tax is charged, ISO 3166 alpha-2; another one than the seller's is set by staff alone.
    pub tax_country: String,
    /// Tax number, 15 or 16 digits.
    pub npwp: Option<String>,
    /// Number of the place of business.
    pub nitku: Option<String>,
    /// Why no tax is charged; empty = taxed.
    pub tax_exempt_reason: Option<String>,
    /// Whether he pays the PPN of larger invoices to the state himself (*pemungut PPN*), and as what.
    pub vat_collector: Option<VatCollector>,
    /// Whether he may pay less the income tax he withholds (PPh 23).
    pub withholds_income_tax: bool,
    /// Language of documents and mail.
    pub locale: String,
    /// Currency of documents.
    pub currency: String,
    /// Whether served.
    pub status: CustomerStatus,
    /// How far the wallet may go below zero.
    pub credit_limit_minor: i64,
    /// Whether renewals are taken from the wallet by themselves.
    pub auto_debit: bool,
    /// Whether each contract is renewed by an invoice of its own, also where several are due on one day.
    pub separate_invoices: bool,
    /// `normal`, `watch` or `high`.
    pub risk_level: String,
    /// Id at the registrar.
    pub rdash_customer_id: Option<String>,
    /// When last mirrored.
    pub rdash_synced_at: Option<DateTimeUtc>,
    /// `pending`, `synced` or `failed`.
    pub rdash_sync_status: Option<String>,
    /// Why mirroring failed.
    #[sea_orm(column_type = "Text", nullable)]
    pub rdash_sync_error: Option<String>,
    /// When opened.
    pub created_at: DateTimeUtc,
    /// Last change.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
