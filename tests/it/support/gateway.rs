//! A gateway that does as the test says: charges live in memory, every next answer can be spoilt, and the payer, the
//! bank and the vendor's dashboard are methods.
use async_trait::async_trait;
use chrono::Duration;
use entity::value::{Money, PaymentStatus};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};
use yumna::integrations::{
    Acceptance, OutsideError, SettingField, SettingKind,
    gateways::{
        AccountSettings, ChargeName, ChargeOutcome, ChargeRequest, GatewayDescription, Inquiry, Instructions,
        MethodOffer, PaymentGateway, PaymentReport, RefundRequest, WebhookError, WebhookEvent,
    },
    sim::Simulator,
};
use yumna::kernel::said::Said;

pub const CODE: &str = "scripted";

/// How the next call goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    /// Refused: nothing happens.
    Rejected,
    /// Not reached: nothing happens.
    Unavailable,
    /// The answer is lost; nothing happened.
    LostBefore,
    /// The answer is lost; it happened.
    LostAfter,
    /// Refused for this reason: nothing happens.
    RefusedFor(&'static str),
    /// A charge is made and stands like this at once.
    Becomes(PaymentStatus),
}

#[derive(Clone, Default)]
struct State {
    /// Its word, where it is not the usual one.
    code: Option<&'static str>,
    charges: BTreeMap<String, PaymentReport>,
    refunds: BTreeMap<String, i64>,
    /// References the vendor speaks of in an odd way, with what is odd.
    unclear: BTreeMap<String, String>,
    troubles: VecDeque<Trouble>,
    calls: Vec<String>,
    /// Whether it lets us decide about what it doubts.
    asks_us: bool,
}

/// The gateway; clones share their state.
#[derive(Clone, Default)]
pub struct ScriptedGateway(Arc<Mutex<State>>);

impl ScriptedGateway {
    /// Another one beside the first, with a word of its own.
    pub fn called(code: &'static str) -> Self {
        Self(Arc::new(Mutex::new(State { code: Some(code), ..State::default() })))
    }

    /// One that knows the same, and goes its own way from now on.
    pub fn copied(&self) -> Self {
        Self(Arc::new(Mutex::new(self.0.lock().unwrap().clone())))
    }

    /// The next call goes wrong like this.
    pub fn spoil(&self, trouble: Trouble) {
        self.0.lock().unwrap().troubles.push_back(trouble);
    }

    /// What the vendor says of `reference` from now on.
    pub fn set(&self, reference: &str, change: impl FnOnce(&mut PaymentReport)) {
        let mut state = self.0.lock().unwrap();
        let report = state.charges.entry(reference.to_owned()).or_insert_with(|| report(reference, 0));
        change(report);
    }

    /// What the vendor says of `reference` cannot be booked from now on; with nothing, it can again.
    pub fn mumbles(&self, reference: &str, why: &str) {
        let mut state = self.0.lock().unwrap();
        match why {
            "" => state.unclear.remove(reference),
            why => state.unclear.insert(reference.to_owned(), why.to_owned()),
        };
    }

    /// The payer pays `minor`.
    pub fn pay(&self, reference: &str, minor: i64) {
        self.set(reference, |report| {
            report.status = PaymentStatus::Succeeded;
            report.amount = Money::idr(minor);
        });
    }

    /// What the vendor would say now.
    pub fn says(&self, reference: &str) -> PaymentReport {
        self.0.lock().unwrap().charges[reference].clone()
    }

    /// Everything the vendor has ever collected or tried to.
    pub fn everything(&self) -> Vec<PaymentReport> {
        self.0.lock().unwrap().charges.values().cloned().collect()
    }

    /// Nothing goes wrong any more.
    pub fn recovers(&self) {
        self.0.lock().unwrap().troubles.clear();
    }

    /// How often a verb was called.
    pub fn calls(&self, verb: &str) -> usize {
        self.0.lock().unwrap().calls.iter().filter(|call| *call == verb).count()
    }

    /// Its detection of fraud doubts a charge, and leaves it to us.
    pub fn doubts(&self, reference: &str) {
        self.0.lock().unwrap().asks_us = true;
        self.set(reference, |report| report.status = PaymentStatus::Review);
    }

    /// A notification about `reference` as it stands, signed.
    pub fn notification(&self, reference: &str) -> Vec<u8> {
        let report = self.says(reference);
        serde_json::to_vec(&serde_json::json!({
            "reference": reference, "status": report.status, "amount": report.amount.minor,
        }))
        .unwrap()
    }

    fn begin(&self, verb: &str) -> Option<Trouble> {
        let mut state = self.0.lock().unwrap();
        state.calls.push(verb.to_owned());
        state.troubles.pop_front()
    }
}

/// A report of a waiting charge.
pub fn report(reference: &str, minor: i64) -> PaymentReport {
    PaymentReport {
        reference: reference.to_owned(),
        external_id: format!("ext-{reference}"),
        status: PaymentStatus::Pending,
        amount: Money::idr(minor),
        refunded_minor: 0,
        settled_at: None,
        fee_minor: 0,
        instructions: Instructions::default(),
    }
}

/// The headers of a genuine notification.
pub fn genuine() -> Vec<(String, String)> {
    vec![("x-signature".to_owned(), "good".to_owned())]
}

fn spoilt(trouble: Option<Trouble>) -> Result<(), OutsideError> {
    match trouble {
        None | Some(Trouble::Becomes(_)) => Ok(()),
        Some(Trouble::RefusedFor(code)) => Err(OutsideError::rejected(code, "the vendor says no")),
        Some(Trouble::Rejected) => Err(OutsideError::rejected("no", "the vendor says no")),
        Some(Trouble::Unavailable) => Err(OutsideError::unavailable("connection refused")),
        Some(Trouble::LostBefore | Trouble::LostAfter) => Err(OutsideError::unknown("the answer was lost")),
    }
}

fn has_effect(trouble: Option<Trouble>) -> bool {
    matches!(trouble, None | Some(Trouble::LostAfter | Trouble::Becomes(_)))
}

#[async_trait]
impl PaymentGateway for ScriptedGateway {
    fn code(&self) -> &'static str {
        self.0.lock().unwrap().code.unwrap_or(CODE)
    }

    fn describe(&self) -> GatewayDescription {
        GatewayDescription {
            name: "Scripted",
            refunds: true,
            closes: true,
            adds_fees: false,
            reviews: self.0.lock().unwrap().asks_us,
            currencies: &["IDR"],
        }
    }

    fn settings(&self) -> Vec<SettingField> {
        let field = |name, kind, required| SettingField {
            name,
            kind,
            required,
            label_key: "gateways-midtrans-server-key",
            help_key: "gateways-midtrans-server-key-help",
        };
        vec![
            field("server_key", SettingKind::Secret, true),
            field("server_key_previous", SettingKind::Secret, false),
            field("note", SettingKind::Text, false),
        ]
    }

    fn methods(&self) -> Vec<MethodOffer> {
        let method = |method, option, max_minor, hours, refunds| MethodOffer {
            method,
            option,
            name: method,
            min_minor: 1,
            max_minor,
            lifetime: Duration::hours(hours),
            guide_keys: &[],
            refunds,
            needs: None,
        };
        vec![
            method("bank_transfer", Some("bca"), 999_999_999, 24, false),
            method("bank_transfer", Some("bni"), 999_999_999, 24, false),
            method("qris", None, 10_000_000, 1, true),
        ]
    }

    async fn check(&self, _: &AccountSettings) -> Result<Acceptance, OutsideError> {
        spoilt(self.begin("check"))?;
        Ok(Acceptance { facts: vec![Said::plain("found-gateway-production")], warnings: Vec::new() })
    }

    async fn charge(&self, _: &AccountSettings, request: &ChargeRequest) -> Result<ChargeOutcome, OutsideError> {
        let trouble = self.begin("charge");
        if has_effect(trouble) {
            self.set(&request.reference, |report| {
                report.amount = request.amount.clone();
                report.instructions.va_number = Some("8808123".to_owned());
                if let Some(Trouble::Becomes(status)) = trouble {
                    report.status = status;
                }
            });
        }
        spoilt(trouble)?;
        let report = self.says(&request.reference);
        Ok(ChargeOutcome {
            external_id: report.external_id,
            status: report.status,
            instructions: report.instructions,
            expires_at: None,
        })
    }

    async fn inquire(&self, _: &AccountSettings, charge: ChargeName<'_>) -> Result<Inquiry, OutsideError> {
        let reference = charge.reference;
        spoilt(self.begin("inquire"))?;
        if let Some(why) = self.0.lock().unwrap().unclear.get(reference).cloned() {
            return Ok(Inquiry::Unclear { why });
        }
        let known = self.0.lock().unwrap().charges.get(reference).cloned();
        Ok(known.map_or(Inquiry::NeverHeard, |report| Inquiry::Known(Box::new(report))))
    }

    async fn cancel(&self, _: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        let reference = charge.reference;
        let trouble = self.begin("cancel");
        if has_effect(trouble) {
            self.set(reference, |report| {
                if report.status.is_open() {
                    report.status = PaymentStatus::Cancelled;
                }
            });
        }
        spoilt(trouble)?;
        Ok(self.says(reference))
    }

    async fn expire(&self, _: &AccountSettings, charge: ChargeName<'_>) -> Result<PaymentReport, OutsideError> {
        let reference = charge.reference;
        let trouble = self.begin("expire");
        if has_effect(trouble) {
            self.set(reference, |report| {
                if report.status.is_open() {
                    report.status = PaymentStatus::Expired;
                }
            });
        }
        spoilt(trouble)?;
        Ok(self.says(reference))
    }

    async fn decide(
        &self,
        _: &AccountSettings,
        charge: ChargeName<'_>,
        is_trusted: bool,
    ) -> Result<PaymentReport, OutsideError> {
        let trouble = self.begin("decide");
        if has_effect(trouble) {
            self.set(charge.reference, |report| {
                if report.status == PaymentStatus::Review {
                    report.status = if is_trusted { PaymentStatus::Succeeded } else { PaymentStatus::Failed };
                }
            });
        }
        spoilt(trouble)?;
        Ok(self.says(charge.reference))
    }

    async fn refund(&self, _: &AccountSettings, request: &RefundRequest) -> Result<PaymentReport, OutsideError> {
        let trouble = self.begin("refund");
        if has_effect(trouble) {
            let is_new =
                self.0.lock().unwrap().refunds.insert(request.refund_key.clone(), request.amount.minor).is_none();
            self.set(&request.reference, |report| {
                report.refunded_minor += if is_new { request.amount.minor } else { 0 };
                report.status = match report.refunded_minor == report.amount.minor {
                    true => PaymentStatus::Refunded,
                    false => PaymentStatus::PartiallyRefunded,
                };
            });
        }
        spoilt(trouble)?;
        Ok(self.says(&request.reference))
    }

    fn parse_webhook(
        &self,
        account: &AccountSettings,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<WebhookEvent, WebhookError> {
        let signature = headers.iter().find(|(name, _)| name == "x-signature").map(|(_, value)| value.as_str());
        let keys = [account.get("server_key"), account.get("server_key_previous"), "good"];
        if !signature.is_some_and(|signature| !signature.is_empty() && keys.contains(&signature)) {
            return Err(WebhookError::Forged);
        }
        let json: serde_json::Value =
            serde_json::from_slice(body).map_err(|error| WebhookError::Unparsable(error.to_string()))?;
        let (Some(reference), Some(status)) = (json["reference"].as_str(), json["status"].as_str()) else {
            return Err(WebhookError::Unparsable("no reference or status".to_owned()));
        };
        let mut told = report(reference, json["amount"].as_i64().unwrap_or(0));
        told.status = PaymentStatus::parse(status).unwrap_or(PaymentStatus::Unknown);
        let doubt = json["odd"].as_str().map(str::to_owned);
        Ok(WebhookEvent { deduplication_key: format!("{reference}:{status}"), report: told, doubt })
    }

    fn simulator(&self) -> Option<Box<dyn Simulator>> {
        None
    }
}
