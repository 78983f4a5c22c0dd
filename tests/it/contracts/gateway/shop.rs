//! A gateway, an account at its double, and a product that listens.
use super::*;

/// A report as it came.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// The product's ear: keeps what the gateway reports and answers what it is told to.
#[derive(Clone)]
pub(super) struct Postbox {
    pub(super) url: String,
    pub(super) letters: Arc<Mutex<Vec<Letter>>>,
    pub(super) answer: Arc<AtomicU16>,
}

impl Postbox {
    pub(super) async fn open(stop: &CancellationToken) -> Self {
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

    pub(super) fn empty(&self) -> Vec<Letter> {
        std::mem::take(&mut self.letters.lock().unwrap())
    }
}

/// A gateway, an account at its double, and a product that listens.
pub(super) struct Shop {
    pub(super) gateway: Arc<dyn PaymentGateway>,
    pub(super) account: AccountSettings,
    pub(super) running: RunningSimulator,
    pub(super) clock: Arc<TestClock>,
    pub(super) faults: Arc<Faults>,
    pub(super) postbox: Postbox,
    pub(super) bench: Bench,
    /// Ends product and double; the double's own token is its child.
    pub(super) closes: CancellationToken,
}

impl Shop {
    pub(super) async fn open(code: &str) -> Self {
        Self::open_in(code, None).await
    }

    pub(super) async fn open_in(code: &str, state_dir: Option<PathBuf>) -> Self {
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

    pub(super) fn request(&self, reference: &str, offer: &MethodOffer) -> ChargeRequest {
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
    pub(super) async fn card_token(&self, number: &str) -> SecretString {
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

    pub(super) async fn charge_card(&self, reference: &str, number: &str) -> Result<ChargeOutcome, OutsideError> {
        let mut request = self.request(reference, &self.offer("credit_card", None));
        request.card_token = Some(self.card_token(number).await);
        self.gateway.charge(&self.account, &request).await
    }

    pub(super) fn offer(&self, method: &str, option: Option<&str>) -> MethodOffer {
        let offers = self.gateway.methods();
        offers.into_iter().find(|offer| offer.method == method && offer.option == option).unwrap()
    }

    pub(super) async fn charge(
        &self,
        reference: &str,
        method: &str,
        option: Option<&str>,
    ) -> Result<ChargeOutcome, OutsideError> {
        self.gateway.charge(&self.account, &self.request(reference, &self.offer(method, option))).await
    }

    pub(super) async fn inquire(&self, reference: &str) -> Option<PaymentReport> {
        self.inquire_as(reference.into()).await
    }

    pub(super) async fn inquire_as(&self, name: ChargeName<'_>) -> Option<PaymentReport> {
        match self.gateway.inquire(&self.account, name).await.unwrap() {
            Inquiry::Known(report) => Some(*report),
            Inquiry::NeverHeard => None,
            Inquiry::Unclear { why } => panic!("{name:?} is unclear: {why}"),
        }
    }

    pub(super) async fn act(&self, act: &str, input: Value) -> Result<Value, ControlError> {
        self.running.control.act(act, input).await
    }

    /// Everything due is delivered; what came, proven and read.
    pub(super) async fn reports(&self) -> Vec<WebhookEvent> {
        self.running.control.tick().await;
        let letters = self.postbox.empty();
        letters.iter().map(|letter| self.read(letter).unwrap()).collect()
    }

    pub(super) fn read(&self, letter: &Letter) -> Result<WebhookEvent, WebhookError> {
        self.gateway.parse_webhook(&self.account, &letter.headers, &letter.body)
    }

    /// Whether it reports of a charge that nobody has paid yet.
    pub(super) fn tells_of_waiting(&self) -> bool {
        self.gateway.code() == "midtrans"
    }

    /// The double is killed and started again where it was.
    pub(super) async fn restart(&mut self) {
        self.bench.stop.cancel();
        self.bench.stop = self.closes.child_token();
        self.bench.port = self.running.base_url.rsplit(':').next().unwrap().parse().unwrap();
        self.running = self.gateway.simulator().unwrap().start(self.bench.clone()).await.unwrap();
        // Lines to the one before may still be in hand: they are found dead here, not in the middle of the story.
        for _ in 0..20 {
            if !matches!(self.gateway.check(&self.account).await, Err(OutsideError::Unavailable { .. })) {
                break;
            }
        }
    }

    pub(super) async fn statuses(&self) -> Vec<PaymentStatus> {
        self.reports().await.into_iter().map(|event| event.report.status).collect()
    }

    pub(super) fn breaks(&self, kind: FaultKind) {
        self.breaks_on(kind, None);
    }

    pub(super) fn breaks_on(&self, kind: FaultKind, path: Option<&str>) {
        let (target, path_contains) = (self.gateway.code().to_owned(), path.map(str::to_owned));
        self.faults.add(Fault { target, kind, times: 1, delay_ms: Some(50), path_contains });
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.closes.cancel();
    }
}

pub(super) fn start_of_story() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

pub(super) fn code_of<T: std::fmt::Debug>(result: Result<T, OutsideError>) -> String {
    match result {
        Err(OutsideError::Rejected { code, .. }) => code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub(super) fn class_of<T>(result: &Result<T, OutsideError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(OutsideError::Rejected { .. }) => "rejected",
        Err(OutsideError::Unavailable { .. }) => "unavailable",
        Err(OutsideError::Unknown { .. }) => "unknown",
    }
}

impl Shop {
    /// Meets every fault of the wire on a charge (`charge_path`) and on the question about it (`read_path`), and sees that
    /// each has the meaning that keeps money safe. Returns what was charged.
    pub(super) async fn meets_faults(
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
    pub(super) async fn reports_come_as_they_may(&self, act: &str) {
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
