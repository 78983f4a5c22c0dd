//! Answers that no vendor should give, and what is made of them: a vendor that says what the test says.
use super::*;

/// An answer to every call that contains `place`, written as `POST /refunds`.
#[derive(Clone)]
struct Said {
    place: &'static str,
    status: u16,
    location: Option<String>,
    body: String,
}

/// A vendor without sense or memory.
struct Vendor {
    url: String,
    said: Arc<Mutex<Vec<Said>>>,
    calls: Arc<Mutex<Vec<String>>>,
    stop: CancellationToken,
}

impl Vendor {
    async fn open() -> Self {
        let stop = CancellationToken::new();
        let said: Arc<Mutex<Vec<Said>>> = Arc::default();
        let calls: Arc<Mutex<Vec<String>>> = Arc::default();
        let (says, heard) = (Arc::clone(&said), Arc::clone(&calls));
        let bench = Bench {
            clock: Arc::new(TestClock::at(start_of_story())),
            state_dir: None,
            faults: Arc::default(),
            product_url: String::new(),
            port: 0,
            stop: stop.clone(),
        };
        let listening = server::listen(&bench, "vendor", move |config| {
            let (says, heard) = (says.clone(), heard.clone());
            config.default_service(web::to(move |request: HttpRequest| {
                let call = format!("{} {}", request.method(), request.path());
                let all = says.lock().unwrap().clone();
                let said = all.into_iter().rev().find(|said| call.contains(said.place));
                let said = said.unwrap_or_else(|| panic!("nothing to say to {call}"));
                heard.lock().unwrap().push(call);
                let mut answer = HttpResponse::build(StatusCode::from_u16(said.status).unwrap());
                if let Some(location) = said.location {
                    answer.insert_header((header::LOCATION, location));
                }
                let answer = answer.body(said.body);
                async move { answer }
            }));
        })
        .await
        .unwrap();
        Self { url: listening.base_url, said, calls, stop }
    }

    fn says(&self, place: &'static str, status: u16, body: &str) {
        self.said.lock().unwrap().push(Said { place, status, location: None, body: body.to_owned() });
    }

    fn sends_away(&self, status: u16, to: &str) {
        let location = Some(format!("{to}/stolen"));
        self.said.lock().unwrap().push(Said { place: "", status, location, body: String::new() });
    }

    /// What it was asked since the last look.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// An account there.
    fn account(&self, gateway: &dyn PaymentGateway) -> AccountSettings {
        let required = gateway.settings().into_iter().filter(|field| field.required);
        let values = required.map(|field| (field.name.to_owned(), SecretString::from("x"))).collect();
        AccountSettings { base_url: Some(self.url.clone()), values }
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn with_doubles() -> impl Iterator<Item = Arc<dyn PaymentGateway>> {
    gateways::registry().into_iter().filter(|gateway| gateway.simulator().is_some())
}

fn by_qris(reference: &str) -> ChargeRequest {
    let now = start_of_story();
    ChargeRequest {
        reference: reference.into(),
        amount: Money::idr(55_500),
        method: "qris".into(),
        option: None,
        expires_at: now + Duration::minutes(15),
        now,
        description: "INV-2026-000123".into(),
        payer_name: "Budi Santoso".into(),
        payer_email: "budi@example.test".into(),
        payer_phone: None,
        card_token: None,
        return_url: "https://panel.example.test/back".into(),
        notification_url: "https://panel.example.test/api/webhooks/x/notification".into(),
    }
}

fn refund_of(minor: i64) -> RefundRequest {
    RefundRequest {
        reference: "BACK-1".into(),
        external_id: "t-1".into(),
        refund_key: "RFD-1".into(),
        amount: Money::idr(minor),
        reason: "Salah pesan".into(),
    }
}

/// What Midtrans says of Rp 55.500 that came.
fn settled(payment_type: &str) -> String {
    json!({"status_code": "200", "transaction_id": "t-1", "order_id": "BACK-1", "gross_amount": "55500.00",
        "currency": "IDR", "payment_type": payment_type, "transaction_status": "settlement", "fraud_status": "accept"})
    .to_string()
}

const ODD: [&str; 11] = [
    "",
    "null",
    "7",
    "\"x\"",
    "[]",
    "{}",
    "{\"status_code\":\"20",
    "<html><h1>502 Bad Gateway</h1></html>",
    "\u{feff}{}",
    "{\"transaction_status\":\"foo\",\"status\":\"foo\"}",
    "{\"status_code\":\"200\",\"transaction_status\":\"settlement\",\"status\":\"SUCCEEDED\"}",
];

#[tokio::test]
async fn no_answer_however_odd_makes_money_or_ends_a_charge() {
    for gateway in with_doubles() {
        let vendor = Vendor::open().await;
        let account = vendor.account(&*gateway);
        let name = ChargeName { reference: "ODD-1", external_id: Some("pr-1") };
        for (status, body) in ODD.into_iter().flat_map(|body| [(200, body), (502, body)]) {
            let case = format!("{}: {status} {body}", gateway.code());
            vendor.says("", status, body);

            let charged = gateway.charge(&account, &by_qris("ODD-1")).await;
            let was_asked_for_money = vendor.heard().iter().any(|call| call.starts_with("POST"));
            let asked = gateway.inquire(&account, name).await;

            assert!(charged.is_err(), "{case}: {charged:?}");
            // Where money was asked for, an answer nobody understands is neither yes nor no.
            assert!(!was_asked_for_money || class_of(&charged) == "unknown", "{case}: {charged:?}");
            assert!(!matches!(asked, Ok(Inquiry::Known(_) | Inquiry::NeverHeard)), "{case}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn a_charge_the_vendor_still_works_on_is_neither_made_nor_refused() {
    let (vendor, gateway) = (Vendor::open().await, gateways::find("midtrans").unwrap());
    let account = vendor.account(&*gateway);
    for body in ["", "{\"status_code\":\"202\",\"status_message\":\"The first request is still running\"}"] {
        vendor.says("/v2/charge", 202, body);

        assert_eq!(class_of(&gateway.charge(&account, &by_qris("BUSY-1")).await), "unknown", "{body}");
    }
}

#[tokio::test]
async fn nobody_follows_where_a_vendor_sends_us() {
    for gateway in with_doubles() {
        let (vendor, elsewhere) = (Vendor::open().await, Vendor::open().await);
        let account = vendor.account(&*gateway);
        let name = ChargeName { reference: "AWAY-1", external_id: Some("pr-1") };
        for status in [301, 302, 303, 307, 308] {
            vendor.sends_away(status, &elsewhere.url);

            let charged = gateway.charge(&account, &by_qris("AWAY-1")).await;
            let asked = gateway.inquire(&account, name).await;

            for code in [code_of(charged), code_of(asked)] {
                assert_eq!(code, "moved", "{}", gateway.code());
            }
        }
        assert_eq!(elsewhere.heard(), Vec::<String>::new(), "{}", gateway.code());
    }
}

#[tokio::test]
async fn no_name_from_outside_becomes_part_of_a_path() {
    let long = "x".repeat(300);
    for gateway in with_doubles() {
        let vendor = Vendor::open().await;
        let account = vendor.account(&*gateway);
        vendor.says("", 404, "{\"success\":false,\"message\":\"not found\"}");
        for name in ["..", "../cancel", "a/b", "a b", "a?b=c", "%2e%2e", "käse", "line\nline", &long] {
            assert!(gateway.charge(&account, &by_qris(name)).await.is_err(), "{name}");
            let asked = gateway.inquire(&account, ChargeName { reference: name, external_id: Some(name) }).await;

            assert!(!matches!(asked, Ok(Inquiry::Known(_))), "{name}: {asked:?}");
            for call in vendor.heard() {
                let (_, path) = call.split_once(' ').unwrap();
                let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte));
                assert!(is_plain && !path.contains(&long), "{}: {name} became {call}", gateway.code());
            }
        }
    }
}

#[tokio::test]
async fn a_refund_that_comes_too_late_or_is_denied_by_the_bank_is_a_refusal() {
    let (vendor, gateway) = (Vendor::open().await, gateways::find("midtrans").unwrap());
    let account = vendor.account(&*gateway);
    vendor.says("/status", 200, &settled("qris"));
    for (verdict, code) in [("412", "wrong_state"), ("414", "refund_refused"), ("202", "refund_denied")] {
        let said = json!({"status_code": verdict, "status_message": "no", "transaction_status": "settlement"});
        vendor.says("/refund", 200, &said.to_string());

        assert_eq!(code_of(gateway.refund(&account, &refund_of(5_500)).await), code);
    }
}

#[tokio::test]
async fn what_goes_back_as_a_whole_only_is_not_asked_for_in_part() {
    let (vendor, gateway) = (Vendor::open().await, gateways::find("midtrans").unwrap());
    let account = vendor.account(&*gateway);
    for payment_type in ["shopeepay", "ovo"] {
        vendor.says("/status", 200, &settled(payment_type));

        assert_eq!(code_of(gateway.refund(&account, &refund_of(5_500)).await), "refund_whole_only");
        assert!(!vendor.heard().iter().any(|call| call.starts_with("POST")), "{payment_type}");
    }
}

/// What Xendit says of Rp 55.500 that came.
fn succeeded() -> String {
    json!({"payment_request_id": "pr-1", "reference_id": "BACK-1", "currency": "IDR", "request_amount": 55_500,
        "status": "SUCCEEDED"})
    .to_string()
}

#[tokio::test]
async fn xendits_refusal_of_a_part_is_a_refusal() {
    let (vendor, gateway) = (Vendor::open().await, gateways::find("xendit").unwrap());
    let account = vendor.account(&*gateway);
    vendor.says("/v3/payment_requests", 200, &succeeded());
    vendor.says("/refunds", 200, &json!({"data": []}).to_string());
    for word in ["PARTIAL_REFUND_NOT_SUPPORTED", "REFUND_NOT_SUPPORTED"] {
        let refused = json!({"error_code": word, "message": "This channel gives back all or nothing"});
        vendor.says("POST /refunds", 400, &refused.to_string());

        let request = RefundRequest { external_id: "pr-1".into(), ..refund_of(5_500) };
        assert_eq!(code_of(gateway.refund(&account, &request).await), "refund_not_supported", "{word}");
        assert!(vendor.heard().iter().any(|call| call == "POST /refunds"), "{word}: Xendit was asked");
    }
}

#[tokio::test]
async fn a_refund_that_came_to_nothing_afterwards_is_a_refusal_and_not_asked_for_twice() {
    let (vendor, gateway) = (Vendor::open().await, gateways::find("xendit").unwrap());
    let account = vendor.account(&*gateway);
    let failed = json!({"id": "rfd-1", "payment_request_id": "pr-1", "reference_id": "RFD-1", "amount": 5_500,
        "status": "FAILED", "failure_code": "INSUFFICIENT_BALANCE"});
    vendor.says("/v3/payment_requests", 200, &succeeded());
    vendor.says("/refunds", 200, &json!({"data": [failed]}).to_string());

    let request = RefundRequest { external_id: "pr-1".into(), ..refund_of(5_500) };
    assert_eq!(code_of(gateway.refund(&account, &request).await), "refund_denied");
    assert!(!vendor.heard().iter().any(|call| call.starts_with("POST")));
}
