//! Payment gateways over the wire: charge, money, reports, and everything that goes wrong on the way.
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use chrono::{DateTime, Duration, Utc};
use entity::value::{Money, PaymentStatus};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};
use tokio_util::sync::CancellationToken;
use yumna::{
    integrations::{
        OutsideError,
        gateways::{
            self, AccountSettings, ChargeName, ChargeOutcome, ChargeRequest, Entry, Inquiry, MethodOffer,
            PaymentGateway, PaymentReport, RefundRequest, WebhookError, WebhookEvent, qris,
        },
        sim::{Bench, ControlError, Fault, FaultKind, Faults, RunningSimulator, server},
    },
    kernel::clock::{Clock, TestClock},
};

mod answers;
mod midtrans;
mod tripay;
mod xendit;

/// A report as it came.
#[derive(Clone, Debug)]
struct Letter {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The product's ear: keeps what the gateway reports and answers what it is told to.
#[derive(Clone)]
struct Postbox {
    url: String,
    letters: Arc<Mutex<Vec<Letter>>>,
    answer: Arc<AtomicU16>,
}

impl Postbox {
    async fn open(stop: &CancellationToken) -> Self {
        let letters: Arc<Mutex<Vec<Letter>>> = Arc::default();
        let answer = Arc::new(AtomicU16::new(200));
        let (inside, says) = (letters.clone(), answer.clone());
        let bench = Bench {
            clock: Arc::new(TestClock::at(start_of_story())),
            state_dir: None,
            faults: Arc::default(),
            product_url: String::new(),
            port: 0,
            stop: stop.clone(),
        };
        let listening = server::listen(&bench, "postbox", move |config| {
            let (inside, says) = (inside.clone(), says.clone());
            config.default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                let header = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
                    (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
                };
                let headers = request.headers().iter().map(header).collect();
                inside.lock().unwrap().push(Letter { headers, body: body.to_vec() });
                let status = StatusCode::from_u16(says.load(Ordering::SeqCst)).unwrap();
                // Tripay looks for this word in an answer.
                async move { HttpResponse::build(status).json(json!({"success": status.is_success()})) }
            }));
        })
        .await
        .unwrap();
        Self { url: listening.base_url, letters, answer }
    }

    fn empty(&self) -> Vec<Letter> {
        std::mem::take(&mut self.letters.lock().unwrap())
    }
}

/// A gateway, an account at its double, and a product that listens.
struct Shop {
    gateway: Arc<dyn PaymentGateway>,
    account: AccountSettings,
    running: RunningSimulator,
    clock: Arc<TestClock>,
    faults: Arc<Faults>,
    postbox: Postbox,
    bench: Bench,
    /// Ends product and double; the double's own token is its child.
    closes: CancellationToken,
}

impl Shop {
    async fn open(code: &str) -> Self {
        Self::open_in(code, None).await
    }

    async fn open_in(code: &str, state_dir: Option<PathBuf>) -> Self {
        let clock = Arc::new(TestClock::at(start_of_story()));
        let (stop, faults) = (CancellationToken::new(), Arc::new(Faults::default()));
        let postbox = Postbox::open(&stop).await;
        let product_url = postbox.url.clone();
        let bench = Bench {
            clock: clock.clone(),
            state_dir,
            faults: faults.clone(),
            product_url,
            port: 0,
            stop: stop.child_token(),
        };
        let gateway = gateways::find(code).unwrap();
        let running = gateway.simulator().unwrap().start(bench.clone()).await.unwrap();
        let values =
            running.settings.iter().map(|(name, value)| (name.clone(), SecretString::from(value.clone()))).collect();
        let account = AccountSettings { base_url: Some(running.base_url.clone()), values };
        Self { gateway, account, running, clock, faults, postbox, bench, closes: stop }
    }

    fn request(&self, reference: &str, offer: &MethodOffer) -> ChargeRequest {
        let now = self.clock.now();
        ChargeRequest {
            reference: reference.into(),
            amount: Money::idr(55_500),
            method: offer.method.into(),
            option: offer.option.map(str::to_owned),
            expires_at: now + offer.lifetime,
            now,
            description: "INV-2026-000123".into(),
            payer_name: "Budi Santoso".into(),
            payer_email: "budi@example.test".into(),
            payer_phone: Some("+6281234567890".into()),
            card_token: None,
            return_url: format!("{}/back", self.postbox.url),
            notification_url: format!("{}/api/webhooks/{}/notification", self.postbox.url, self.gateway.code()),
        }
    }

    /// The token the vendor's script would have for a page.
    async fn card_token(&self, number: &str) -> SecretString {
        let query = [
            ("client_key", self.account.get("client_key")),
            ("card_number", number),
            ("card_exp_month", "12"),
            ("card_exp_year", "2030"),
            ("card_cvv", "123"),
        ];
        let url = format!("{}/v2/token", self.running.base_url);
        let client = yumna::kernel::http::client();
        let told: Value = client.get(url).query(&query).send().await.unwrap().json().await.unwrap();
        SecretString::from(told["token_id"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned())
    }

    async fn charge_card(&self, reference: &str, number: &str) -> Result<ChargeOutcome, OutsideError> {
        let mut request = self.request(reference, &self.offer("credit_card", None));
        request.card_token = Some(self.card_token(number).await);
        self.gateway.charge(&self.account, &request).await
    }

    fn offer(&self, method: &str, option: Option<&str>) -> MethodOffer {
        let offers = self.gateway.methods();
        offers.into_iter().find(|offer| offer.method == method && offer.option == option).unwrap()
    }

    async fn charge(&self, reference: &str, method: &str, option: Option<&str>) -> Result<ChargeOutcome, OutsideError> {
        self.gateway.charge(&self.account, &self.request(reference, &self.offer(method, option))).await
    }

    async fn inquire(&self, reference: &str) -> Option<PaymentReport> {
        self.inquire_as(reference.into()).await
    }

    async fn inquire_as(&self, name: ChargeName<'_>) -> Option<PaymentReport> {
        match self.gateway.inquire(&self.account, name).await.unwrap() {
            Inquiry::Known(report) => Some(*report),
            Inquiry::NeverHeard => None,
            Inquiry::Unclear { why } => panic!("{name:?} is unclear: {why}"),
        }
    }

    async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        self.running.control.act(act, input).await
    }

    /// Everything due is delivered; what came, proven and read.
    async fn reports(&self) -> Vec<WebhookEvent> {
        self.running.control.tick().await;
        let letters = self.postbox.empty();
        letters.iter().map(|letter| self.read(letter).unwrap()).collect()
    }

    fn read(&self, letter: &Letter) -> Result<WebhookEvent, WebhookError> {
        self.gateway.parse_webhook(&self.account, &letter.headers, &letter.body)
    }

    /// Whether it reports of a charge that nobody has paid yet.
    fn tells_of_waiting(&self) -> bool {
        self.gateway.code() == "midtrans"
    }

    /// The double is killed and started again where it was.
    async fn restart(&mut self) {
        self.bench.stop.cancel();
        self.bench.stop = self.closes.child_token();
        self.bench.port = self.running.base_url.rsplit(':').next().unwrap().parse().unwrap();
        self.running = self.gateway.simulator().unwrap().start(self.bench.clone()).await.unwrap();
    }

    async fn statuses(&self) -> Vec<PaymentStatus> {
        self.reports().await.into_iter().map(|event| event.report.status).collect()
    }

    fn breaks(&self, kind: FaultKind) {
        self.breaks_on(kind, None);
    }

    fn breaks_on(&self, kind: FaultKind, path: Option<&str>) {
        let (target, path_contains) = (self.gateway.code().to_owned(), path.map(str::to_owned));
        self.faults.add(Fault { target, kind, times: 1, delay_ms: Some(50), path_contains });
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.closes.cancel();
    }
}

fn start_of_story() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn code_of<T: std::fmt::Debug>(result: Result<T, OutsideError>) -> String {
    match result {
        Err(OutsideError::Rejected { code, .. }) => code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn class_of<T>(result: &Result<T, OutsideError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(OutsideError::Rejected { .. }) => "rejected",
        Err(OutsideError::Unavailable { .. }) => "unavailable",
        Err(OutsideError::Unknown { .. }) => "unknown",
    }
}

#[tokio::test]
async fn every_way_to_pay_leads_from_charge_to_proven_money() {
    for gateway in gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some()) {
        let shop = Shop::open(gateway.code()).await;
        for (index, offer) in gateway.methods().into_iter().enumerate() {
            let reference = format!("INV-2026-000123-{index}");

            let mut request = shop.request(&reference, &offer);
            if offer.needs == Some(Entry::Card) {
                request.card_token = Some(shop.card_token("4811111111111114").await);
            }
            let charged = gateway.charge(&shop.account, &request).await.unwrap();
            assert_eq!(charged.status, PaymentStatus::Pending, "{}", offer.name);
            assert_eq!(charged.expires_at, Some(request.expires_at), "{}", offer.name);
            assert_ne!(charged.instructions, Default::default(), "{} tells the payer nothing", offer.name);
            // A page on which nothing is chosen yet has no order, and nobody reports of it.
            let is_page = charged.external_id.is_empty();
            let told = if shop.tells_of_waiting() && !is_page { vec![PaymentStatus::Pending] } else { Vec::new() };
            assert_eq!(shop.statuses().await, told, "{}", offer.name);

            shop.act("pay", json!({"reference": reference})).await.unwrap();
            let mut reports = shop.reports().await;
            if is_page {
                assert_eq!(reports.remove(0).report.status, PaymentStatus::Pending, "{} was chosen", offer.name);
            }

            assert_eq!(reports.len(), 1, "{}", offer.name);
            let id = reports[0].report.external_id.clone();
            let name = ChargeName { reference: &reference, external_id: Some(&id) };
            let known = shop.inquire_as(name).await.unwrap();
            for report in [&reports[0].report, &known] {
                assert_eq!(report.status, PaymentStatus::Succeeded, "{}", offer.name);
                assert_eq!(report.amount, Money::idr(55_500));
                assert_eq!((&report.reference, &report.external_id), (&reference, &id));
                // A card is captured at once and settled later.
                let is_settled = offer.needs != Some(Entry::Card);
                assert_eq!(report.settled_at, is_settled.then(start_of_story), "{}", offer.name);
            }
            assert!(is_page || id == charged.external_id, "{}", offer.name);
        }
        assert_eq!(shop.running.control.due_deliveries().await, 0);
    }
}

#[tokio::test]
async fn the_payer_gets_the_numbers_of_the_way_chosen() {
    let shop = Shop::open("midtrans").await;
    for bank in ["bca", "bni", "bri", "cimb", "permata"] {
        let told = shop.charge(&format!("VA-{bank}"), "bank_transfer", Some(bank)).await.unwrap().instructions;
        assert_eq!(told.bank.as_deref(), Some(bank));
        assert!(told.va_number.unwrap().bytes().all(|digit| digit.is_ascii_digit()));
    }

    let bill = shop.charge("BILL-1", "echannel", None).await.unwrap().instructions;
    assert_eq!(bill.biller_code.as_deref(), Some("70012"));
    assert!(bill.bill_key.is_some());

    let code = shop.charge("QR-1", "qris", None).await.unwrap().instructions.qr_string.unwrap();
    assert_eq!(qris::parse(&code).unwrap().doubts(55_500), Vec::<&str>::new());
}

#[tokio::test]
async fn a_virtual_account_can_be_read_back_and_a_qr_code_cannot() {
    let shop = Shop::open("midtrans").await;
    let transfer = shop.charge("A-1", "bank_transfer", Some("permata")).await.unwrap();
    shop.charge("A-2", "qris", None).await.unwrap();

    assert_eq!(shop.inquire("A-1").await.unwrap().instructions, transfer.instructions);
    assert_eq!(shop.inquire("A-2").await.unwrap().instructions, Default::default());
    assert_eq!(shop.inquire("A-3").await, None);
}

#[tokio::test]
async fn a_reference_is_charged_once() {
    let shop = Shop::open("midtrans").await;
    let first = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();

    let again = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();
    shop.clock.advance(Duration::minutes(6));
    let later = shop.charge("TWICE-1", "bank_transfer", Some("bca")).await.unwrap();
    let mut other = shop.request("TWICE-1", &shop.offer("bank_transfer", Some("bca")));
    other.amount = Money::idr(99_000);
    let other = shop.gateway.charge(&shop.account, &other).await;

    assert_eq!(again, first, "within five minutes the idempotency key answers");
    assert_eq!(later, first, "afterwards the order id guards");
    assert_eq!(class_of(&other), "unknown", "a charge over another amount is no answer to this one");
}

#[tokio::test]
async fn what_really_came_is_reported_also_where_it_is_another_sum() {
    let shop = Shop::open("midtrans").await;
    shop.charge("SUM-1", "bank_transfer", Some("bca")).await.unwrap();

    shop.act("pay", json!({"reference": "SUM-1", "amount": 50_000})).await.unwrap();

    assert_eq!(shop.reports().await.last().unwrap().report.amount, Money::idr(50_000));
    assert_eq!(shop.inquire("SUM-1").await.unwrap().amount, Money::idr(50_000));
}

#[tokio::test]
async fn an_unpaid_charge_is_cancelled_and_a_paid_one_says_so() {
    let shop = Shop::open("midtrans").await;
    shop.charge("STOP-1", "bank_transfer", Some("bri")).await.unwrap();
    shop.charge("STOP-2", "bank_transfer", Some("bri")).await.unwrap();
    shop.act("pay", json!({"reference": "STOP-2"})).await.unwrap();
    let cancel = async |reference: &str| shop.gateway.cancel(&shop.account, reference.into()).await;

    assert_eq!(cancel("STOP-1").await.unwrap().status, PaymentStatus::Cancelled);
    assert_eq!(cancel("STOP-1").await.unwrap().status, PaymentStatus::Cancelled, "twice is the same as once");
    assert_eq!(cancel("STOP-2").await.unwrap().status, PaymentStatus::Succeeded);
    assert_eq!(code_of(cancel("STOP-3").await), "not_found");
    assert_eq!(shop.inquire("STOP-1").await.unwrap().status, PaymentStatus::Cancelled);
}

#[tokio::test]
async fn an_unpaid_charge_expires_by_product_time_and_late_money_still_arrives() {
    let shop = Shop::open("midtrans").await;
    shop.charge("LATE-1", "qris", None).await.unwrap();
    shop.reports().await;

    shop.clock.advance(Duration::minutes(15));

    assert_eq!(shop.statuses().await, [PaymentStatus::Expired]);
    assert_eq!(shop.inquire("LATE-1").await.unwrap().status, PaymentStatus::Expired);
    assert_eq!(shop.gateway.cancel(&shop.account, "LATE-1".into()).await.unwrap().status, PaymentStatus::Expired);
    let refused = shop.act("pay", json!({"reference": "LATE-1"})).await;
    assert!(matches!(refused, Err(ControlError::Refused(_))), "{refused:?}");
    shop.act("pay", json!({"reference": "LATE-1", "force": true})).await.unwrap();
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn the_world_outside_expires_denies_cancels_and_takes_back() {
    let shop = Shop::open("midtrans").await;
    for (reference, act, expected) in [
        ("ACT-1", "expire", PaymentStatus::Expired),
        ("ACT-2", "deny", PaymentStatus::Failed),
        ("ACT-3", "cancel", PaymentStatus::Cancelled),
    ] {
        shop.charge(reference, "echannel", None).await.unwrap();
        shop.act(act, json!({"reference": reference})).await.unwrap();
        assert_eq!(shop.statuses().await.last(), Some(&expected), "{act}");
    }

    shop.charge("ACT-4", "echannel", None).await.unwrap();
    shop.act("pay", json!({"reference": "ACT-4"})).await.unwrap();
    shop.act("deny", json!({"reference": "ACT-4"})).await.unwrap();

    assert_eq!(shop.statuses().await.last(), Some(&PaymentStatus::Reversed));
    assert!(matches!(shop.act("pay", json!({"reference": "ACT-9"})).await, Err(ControlError::NotFound(_))));
    assert!(matches!(shop.act("dance", json!({"reference": "ACT-4"})).await, Err(ControlError::NotFound(_))));
    assert!(matches!(
        shop.act("pay", json!({"reference": "ACT-1", "force": true, "amount": -5})).await,
        Err(ControlError::Refused(_))
    ));
}

#[tokio::test]
async fn a_charge_is_closed_at_the_gateway_once_and_one_that_was_paid_says_so() {
    for gateway in gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some()) {
        let shop = Shop::open(gateway.code()).await;
        let mut ids = std::collections::BTreeMap::new();
        for reference in ["OVER-1", "OVER-2"] {
            let charged = shop.charge(reference, "bank_transfer", Some("bca")).await.unwrap();
            ids.insert(reference, charged.external_id);
        }
        let name = |reference| ChargeName { reference, external_id: ids.get(reference).map(String::as_str) };
        let expire = async |reference| gateway.expire(&shop.account, name(reference)).await;
        shop.act("pay", json!({"reference": "OVER-2"})).await.unwrap();

        for _ in 0..2 {
            assert_eq!(expire("OVER-1").await.unwrap().status, PaymentStatus::Expired);
        }
        // Where a code cannot be closed it is over for us only: it may still be paid. Not every gateway tells why a
        // code was closed.
        let left = shop.inquire_as(name("OVER-1")).await.unwrap().status;
        match gateway.describe().closes {
            true => assert!(matches!(left, PaymentStatus::Expired | PaymentStatus::Cancelled), "{left:?}"),
            false => assert_eq!(left, PaymentStatus::Pending),
        }
        assert_eq!(expire("OVER-2").await.unwrap().status, PaymentStatus::Succeeded);
        assert_eq!(code_of(expire("OVER-3").await), "not_found");
    }
}

impl Shop {
    /// Meets every fault of the wire on a charge (`charge_path`) and on the question about it (`read_path`), and sees that
    /// each has the meaning that keeps money safe. Returns what was charged.
    async fn meets_faults(
        &self,
        (charge_path, read_path): (&'static str, &'static str),
        bank: &str,
    ) -> Vec<Result<ChargeOutcome, OutsideError>> {
        let mut all = Vec::new();
        for (index, (kind, charging, exists, asking)) in [
            (FaultKind::Delay, "ok", true, "ok"),
            (FaultKind::TimeoutBefore, "unknown", false, "unavailable"),
            (FaultKind::TimeoutAfterEffect, "unknown", true, "unavailable"),
            (FaultKind::Status500, "unknown", false, "unavailable"),
            (FaultKind::Status429, "unavailable", false, "unavailable"),
            (FaultKind::Malformed, "unknown", true, "unavailable"),
            (FaultKind::DropConnection, "unknown", false, "unavailable"),
        ]
        .into_iter()
        .enumerate()
        {
            let reference = format!("WIRE-{index}");

            self.breaks_on(kind, Some(charge_path));
            let charged = self.charge(&reference, "bank_transfer", Some(bank)).await;
            self.breaks_on(kind, Some(read_path));
            let asked = self.gateway.inquire(&self.account, reference.as_str().into()).await;

            assert_eq!(class_of(&charged), charging, "charge, {kind:?}: {charged:?}");
            assert_eq!(class_of(&asked), asking, "inquire, {kind:?}: {asked:?}");
            assert_eq!(self.inquire(&reference).await.is_some(), exists, "{kind:?}");
            all.push(charged);
        }
        all
    }

    /// Reports of a double that sends its post by itself come twice (after `act`), late and in the wrong order.
    async fn reports_come_as_they_may(&self, act: &str) {
        self.charge("NEWS-1", "qris", None).await.unwrap();
        self.breaks(FaultKind::DuplicateWebhook);
        self.act(act, json!({"reference": "NEWS-1"})).await.unwrap();
        let twice = self.reports().await;
        assert_eq!(twice.len(), 2);
        assert_eq!(twice[0].deduplication_key, twice[1].deduplication_key);

        self.charge("NEWS-2", "qris", None).await.unwrap();
        self.breaks(FaultKind::LateWebhook);
        self.act("pay", json!({"reference": "NEWS-2"})).await.unwrap();
        self.clock.advance(Duration::seconds(1));
        assert_eq!(self.statuses().await, [PaymentStatus::Succeeded]);

        self.charge("NEWS-3", "qris", None).await.unwrap();
        self.breaks(FaultKind::ReorderedWebhook);
        self.act("expire", json!({"reference": "NEWS-3"})).await.unwrap();
        self.act("pay", json!({"reference": "NEWS-3", "force": true})).await.unwrap();
        assert_eq!(self.statuses().await, [PaymentStatus::Succeeded, PaymentStatus::Expired]);
    }
}

#[tokio::test]
async fn each_fault_of_the_wire_has_the_meaning_that_keeps_money_safe() {
    let shop = Shop::open("midtrans").await;
    for charged in shop.meets_faults(("/v2/charge", "/status"), "cimb").await {
        if let Err(OutsideError::Unavailable { retry_after, .. }) = charged {
            assert!(retry_after.is_some(), "429 says when to come back");
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_healed_by_asking_again() {
    let shop = Shop::open("midtrans").await;
    for (reference, method, bank) in [("LOST-1", "qris", None), ("LOST-2", "bank_transfer", Some("permata"))] {
        shop.breaks(FaultKind::TimeoutAfterEffect);
        assert_eq!(class_of(&shop.charge(reference, method, bank).await), "unknown");

        let healed = shop.charge(reference, method, bank).await.unwrap();

        assert_ne!(healed.instructions, Default::default(), "{method}");
    }
}

#[tokio::test]
async fn a_gateway_nobody_reaches_has_done_nothing() {
    let shop = Shop::open("midtrans").await;
    let account = AccountSettings { base_url: Some("http://127.0.0.1:1".into()), ..shop.account.clone() };
    let request = shop.request("AWAY-1", &shop.offer("qris", None));

    assert_eq!(class_of(&shop.gateway.charge(&account, &request).await), "unavailable");
    assert_eq!(class_of(&shop.gateway.inquire(&account, "AWAY-1".into()).await), "unavailable");
}

#[tokio::test]
async fn the_account_is_tested_without_moving_money() {
    let shop = Shop::open("midtrans").await;
    let mut wrong = shop.account.clone();
    wrong.values.insert("server_key".into(), SecretString::from("SB-Mid-server-WRONG"));

    let accepted = shop.gateway.check(&shop.account).await.unwrap();

    assert!(!accepted.facts.is_empty() && accepted.warnings.is_empty(), "{accepted:?}");
    assert_eq!(code_of(shop.gateway.check(&wrong).await), "unauthorized");
    assert_eq!(code_of(shop.gateway.check(&AccountSettings::default()).await), "not_configured");
    let request = shop.request("KEY-1", &shop.offer("qris", None));
    assert_eq!(code_of(shop.gateway.charge(&wrong, &request).await), "unauthorized");
}

#[tokio::test]
async fn a_forged_report_is_refused_and_the_true_one_comes_later() {
    let shop = Shop::open("midtrans").await;
    shop.charge("FORGED-1", "qris", None).await.unwrap();
    shop.reports().await;
    shop.breaks(FaultKind::WrongSignature);
    shop.postbox.answer.store(403, Ordering::SeqCst);

    shop.act("pay", json!({"reference": "FORGED-1"})).await.unwrap();
    shop.running.control.tick().await;

    let letters = shop.postbox.empty();
    assert_eq!(letters.len(), 1);
    assert_eq!(shop.read(&letters[0]), Err(WebhookError::Forged));
    assert_eq!(shop.running.control.due_deliveries().await, 0, "the next try waits");
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(2));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);
}

#[tokio::test]
async fn what_another_account_signed_is_forged() {
    for gateway in gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some()) {
        let (own, other) = (Shop::open(gateway.code()).await, Shop::open(gateway.code()).await);
        other.charge("OTHER-1", "qris", None).await.unwrap();
        other.act("pay", json!({"reference": "OTHER-1"})).await.unwrap();
        other.running.control.tick().await;

        let letters = other.postbox.empty();

        assert!(!letters.is_empty(), "{}", gateway.code());
        for letter in letters {
            assert!(other.read(&letter).is_ok(), "{}", gateway.code());
            assert_eq!(own.read(&letter), Err(WebhookError::Forged), "{}", gateway.code());
        }
    }
}

#[tokio::test]
async fn reports_come_twice_late_and_in_the_wrong_order() {
    let shop = Shop::open("midtrans").await;

    shop.breaks(FaultKind::DuplicateWebhook);
    shop.charge("NEWS-1", "qris", None).await.unwrap();
    let twice = shop.reports().await;
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0].deduplication_key, twice[1].deduplication_key);

    shop.faults.add(Fault {
        target: "midtrans".into(),
        kind: FaultKind::LateWebhook,
        times: 1,
        delay_ms: Some(3_600_000),
        path_contains: Some("/api/webhooks/".into()),
    });
    shop.act("pay", json!({"reference": "NEWS-1"})).await.unwrap();
    assert_eq!(shop.statuses().await, []);
    shop.clock.advance(Duration::hours(1));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded]);

    shop.faults.add(Fault {
        target: "midtrans".into(),
        kind: FaultKind::ReorderedWebhook,
        times: 1,
        delay_ms: None,
        path_contains: None,
    });
    shop.charge("NEWS-2", "qris", None).await.unwrap();
    assert_eq!(shop.statuses().await, []);
    shop.act("pay", json!({"reference": "NEWS-2"})).await.unwrap();
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded, PaymentStatus::Pending]);
}

#[tokio::test]
async fn a_report_may_come_before_the_answer() {
    let shop = Shop::open("midtrans").await;
    shop.breaks(FaultKind::WebhookBeforeResponse);

    shop.charge("FIRST-1", "qris", None).await.unwrap();

    assert_eq!(shop.postbox.empty().len(), 1, "it was there when the answer came");
}

#[tokio::test]
async fn reports_nobody_thanks_for_are_sent_again_with_growing_pauses() {
    let shop = Shop::open("midtrans").await;
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.charge("AGAIN-1", "qris", None).await.unwrap();

    let mut tries = Vec::new();
    for minutes in [0, 2, 10, 30, 90, 210] {
        shop.clock.advance(Duration::minutes(minutes));
        shop.running.control.tick().await;
        tries.push(shop.postbox.empty().iter().filter(|body| is_pending(&body.body)).count());
    }

    assert_eq!(tries, [1, 1, 1, 1, 1, 0], "once and four times more, as the vendor does after 503");
}

fn is_pending(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).unwrap()["transaction_status"] == "pending"
}

#[tokio::test]
async fn money_goes_back_the_way_it_came_where_the_method_can() {
    let shop = Shop::open("midtrans").await;
    let refund = async |reference: &str, key: &str, minor| {
        let request = RefundRequest {
            reference: reference.into(),
            external_id: String::new(),
            refund_key: key.into(),
            amount: Money::idr(minor),
            reason: "Salah pesan".into(),
        };
        shop.gateway.refund(&shop.account, &request).await
    };
    shop.charge("BACK-1", "qris", None).await.unwrap();
    shop.charge("BACK-2", "bank_transfer", Some("bca")).await.unwrap();
    assert_eq!(code_of(refund("BACK-1", "RFD-0", 1_000).await), "wrong_state", "nothing came yet");
    for reference in ["BACK-1", "BACK-2"] {
        shop.act("pay", json!({"reference": reference})).await.unwrap();
    }
    shop.reports().await;

    let part = refund("BACK-1", "RFD-1", 5_500).await.unwrap();
    shop.breaks_on(FaultKind::Status500, Some("/refund"));
    let again = refund("BACK-1", "RFD-1", 5_500).await.unwrap();
    assert_eq!(shop.faults.list().len(), 1, "a key that is listed already is not sent again, however old it is");
    shop.faults.clear();
    let too_much = refund("BACK-1", "RFD-2", 50_001).await;
    shop.breaks_on(FaultKind::TimeoutAfterEffect, Some("/refund"));
    let lost = refund("BACK-1", "RFD-3", 50_000).await;
    let healed = refund("BACK-1", "RFD-3", 50_000).await.unwrap();

    assert_eq!((part.status, part.refunded_minor), (PaymentStatus::PartiallyRefunded, 5_500));
    assert_eq!(again, part, "the same key is the same refund");
    assert_eq!(code_of(too_much), "refund_refused");
    assert_eq!(class_of(&lost), "unknown");
    assert_eq!((healed.status, healed.refunded_minor), (PaymentStatus::Refunded, 55_500));
    assert_eq!(code_of(refund("BACK-2", "RFD-4", 1_000).await), "refund_not_supported");
    assert_eq!(code_of(refund("BACK-9", "RFD-5", 1_000).await), "not_found");

    let first = shop.reports().await;
    shop.clock.advance(Duration::minutes(1));
    let confirmed = shop.reports().await;
    let keys: std::collections::BTreeSet<_> =
        first.iter().chain(&confirmed).map(|event| event.deduplication_key.clone()).collect();
    assert_eq!((first.len(), confirmed.len(), keys.len()), (2, 1, 3), "the bank's confirmation is news of its own");
}

#[tokio::test]
async fn a_killed_double_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::open_in("midtrans", Some(folder.path().to_path_buf())).await;
    let charged = shop.charge("KILL-1", "bank_transfer", Some("bni")).await.unwrap();
    shop.reports().await;
    shop.postbox.answer.store(503, Ordering::SeqCst);
    shop.act("pay", json!({"reference": "KILL-1"})).await.unwrap();
    shop.running.control.tick().await;
    shop.postbox.empty();

    let old = (shop.running.base_url.clone(), shop.running.settings.clone());
    shop.restart().await;

    assert_eq!((shop.running.base_url.clone(), shop.running.settings.clone()), old);
    let known = shop.inquire("KILL-1").await.unwrap();
    assert_eq!((known.status, known.external_id), (PaymentStatus::Succeeded, charged.external_id));
    assert_eq!(known.instructions, charged.instructions);
    shop.postbox.answer.store(200, Ordering::SeqCst);
    shop.clock.advance(Duration::minutes(2));
    assert_eq!(shop.statuses().await, [PaymentStatus::Succeeded], "the report nobody thanked for is not forgotten");
}
