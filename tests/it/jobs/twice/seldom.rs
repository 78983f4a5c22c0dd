//! What happens to few: forgotten passwords, accounts that end, corrections, waiting for a place, services that cannot
//! be made. With the common story every reaction hears its news.
use super::*;
use crate::support::driver::Mishap;
use entity::catalog::product;
use yumna::domain::{
    billing::{
        credit_note::{self, Against, Credit, NewCreditNote},
        write_off,
    },
    catalog::waitlist,
    desk::{self, Leave},
    identity,
    ordering::change::later,
    payments::dispute::{self, Outcome},
    provisioning::custom_domains,
};

const BANK: BankAccount<'static> =
    BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };

impl Town {
    /// People to whom that happens which happens to few.
    pub(super) async fn lives_otherwise(&self) {
        // Futures of their own: one over all of it does not fit on a test's stack.
        Box::pin(self.forget_passwords()).await;
        Box::pin(self.accounts_end()).await;
        Box::pin(self.is_corrected()).await;
        Box::pin(self.waits_for_a_place()).await;
        Box::pin(self.cannot_be_made()).await;
        Box::pin(self.is_changed_by_staff()).await;
        Box::pin(self.has_names()).await;
    }

    /// Somebody puts two names before his service: one is used, the other never has its records.
    async fn has_names(&self) {
        let ctx = self.world.system();
        let (buyer, placed) = self.buys("nama").await;
        self.world.gives(&buyer, 900_000).await;
        self.world.pays(&placed).await;
        self.run().await;
        let contract = self.world.contract(&placed).await;
        let instance = follow::instance_of(&ctx, &contract.id).await.unwrap().unwrap();
        for host in ["toko.example.id", "lupa.example.id"] {
            let added = custom_domains::add(&ctx, &buyer.customer_id, &instance.id, host).await.unwrap();
            if host.starts_with("toko") {
                self.names.proves(host, &added.token);
                self.names.leads(host, instance.host.as_deref().unwrap());
            }
        }
        self.pass(Duration::minutes(2)).await;
    }

    /// Staff agree on a larger plan for somebody who is to pay for it first, and take that back.
    async fn is_changed_by_staff(&self) {
        let ana = self.world.staff("ana");
        let (buyer, placed) = self.buys("ragu").await;
        self.world.gives(&buyer, 55_500).await;
        self.world.pays(&placed).await;
        self.run().await;
        let contract = self.world.contract(&placed).await.id;
        let quote = change::quote(&ana, &buyer.customer_id, &contract, "ghost-pro").await.unwrap().change.id;
        change::accept(&ana, &buyer.customer_id, &contract, &quote, Some(&by("qris", None))).await.unwrap();
        self.run().await;
        change::cancel(&ana, &buyer.customer_id, &contract, &quote).await.unwrap();
        self.run().await;
    }

    /// Somebody registers twice, forgets and changes a password; somebody is taken on.
    async fn forget_passwords(&self) {
        let ctx = self.world.system();
        identity::roles::seed(&ctx).await.unwrap();
        let wati = self.world.newcomer("wati").await;
        identity::request_verification(&ctx, &wati.email).await.unwrap();
        self.world.register("wati", &wati.email).await;
        identity::request_reset(&ctx, &wati.email).await.unwrap();
        let (present, new) = ("correct-horse-battery-9", "kuda makan rumput hijau");
        identity::change_password(&ctx, &wati.user_id, present, new, "here").await.unwrap();
        let roles = ["support".to_owned()];
        identity::staff::invite(&self.world.staff("ana"), "rekan@example.test", "Rekan", &roles).await.unwrap();
        self.run().await;
    }

    /// Two accounts become one; one is closed, and what it held is transferred.
    async fn accounts_end(&self) {
        let ana = self.world.staff("ana");
        let (old, new) = (self.world.buyer("nana").await, self.world.buyer("nana-baru").await);
        self.world.gives(&old, 60_000).await;
        desk::merge(&ana, &old.customer_id, &new.customer_id, "Mendaftar dua kali").await.unwrap();
        let leaver = self.world.buyer("lia").await;
        self.world.gives(&leaver, 80_000).await;
        let leave = Leave { reason: "Pindah", bank: BANK };
        let left = desk::close(&ana, &leaver.customer_id, &leave).await.unwrap();
        ledger::confirm_payout(&ana, &left.payout.unwrap().id, "BCA-0007").await.unwrap();
        self.run().await;
    }

    /// A debt is given up, a part of an invoice is taken back, and a bank decides for us.
    async fn is_corrected(&self) {
        let (ctx, ana) = (self.world.system(), self.world.staff("ana"));
        let buyer = self.world.buyer("susah").await;
        let customer = customers::get(&ctx.db, &buyer.customer_id).await.unwrap();
        let lost = self.world.debt(&customer, &[30_000]).await;
        write_off::write_off(&ana, &lost.id, "Pailit").await.unwrap();
        let bill = self.world.invoice(&customer, &[80_000]).await;
        let credit = Credit::Gross(8_000);
        let new = NewCreditNote { invoice_id: &bill.id, credit, against: Against::Open, reason: "Maaf", key: "c1" };
        credit_note::issue_now(&ana, new).await.unwrap();
        let (_, placed) = self.buys("sengketa").await;
        let paid = self.starts_to_pay(&placed, "qris", None).await;
        self.money_comes(&paid).await;
        self.gateway.set(&paid.reference, |report| report.status = PaymentStatus::Chargeback);
        self.hears_of(&paid).await;
        let open = dispute::list(&ctx, None, None, &PageRequest::default()).await.unwrap().rows.remove(0);
        self.gateway.set(&paid.reference, |report| report.status = PaymentStatus::Succeeded);
        dispute::decide(&ana, &open.id, Outcome::Won, "Bank menerima bukti").await.unwrap();
        self.run().await;
    }

    /// Somebody pays so late that his place is taken; it becomes free, and the next one is offered it after him.
    async fn waits_for_a_place(&self) {
        let ctx = self.world.system();
        let ghost = product::Entity::find().one(&ctx.db).await.unwrap().unwrap();
        self.world.plan(&ghost, "ghost-solo", 3, 1).await;
        let (late, quick) = (self.world.buyer("telat").await, self.world.buyer("cepat").await);
        for buyer in [&late, &quick] {
            self.world.gives(buyer, 170_000).await;
        }
        let waits = self.world.orders(&late, "ghost-solo").await.unwrap();
        self.pass(Duration::minutes(61)).await;
        let taken = self.world.orders(&quick, "ghost-solo").await.unwrap();
        for placed in [&taken, &waits] {
            self.world.pays(placed).await;
            self.run().await;
        }
        assert_eq!(self.world.contract(&waits).await.status, SubscriptionStatus::Pending);
        let hopes = self.world.buyer("harap").await;
        waitlist::join(&ctx, &hopes.customer_id, "ghost-solo").await.unwrap();
        for (buyer, placed) in [(&quick, &taken), (&late, &waits)] {
            let contract = self.world.contract(placed).await;
            assert_eq!(contract.status, SubscriptionStatus::Active);
            cancel::cancel(&ctx, &buyer.customer_id, &contract.id, cancel::When::Now, "").await.unwrap();
            self.run().await;
        }
    }

    /// One service never comes up, and another cannot be made larger.
    async fn cannot_be_made(&self) {
        let ctx = self.world.system();
        let (buyer, placed) = self.buys("gagal").await;
        self.world.gives(&buyer, 55_500).await;
        self.driver.meets("workload", Mishap::Rejected, 3);
        self.world.pays(&placed).await;
        self.tries_again().await;
        let (buyer, placed) = self.buys("sempit").await;
        self.world.gives(&buyer, 400_000).await;
        self.world.pays(&placed).await;
        self.run().await;
        let contract = self.world.contract(&placed).await;
        let quote = change::quote(&ctx, &buyer.customer_id, &contract.id, "ghost-pro").await.unwrap();
        self.driver.meets("workload", Mishap::Rejected, 3);
        change::accept(&ctx, &buyer.customer_id, &contract.id, &quote.change.id, None).await.unwrap();
        self.tries_again().await;
    }

    /// What was refused is tried until it is given up.
    async fn tries_again(&self) {
        self.run().await;
        for _ in 0..4 {
            self.pass(Duration::minutes(5)).await;
        }
        self.driver.heals();
    }

    /// Somebody agrees to a smaller plan and renews with it from his wallet, another to leave when what he paid for is
    /// over; a quote is about to end.
    pub(super) async fn agrees_for_later(&self) {
        let ctx = self.world.system();
        for (name, leaves) in [("hemat", false), ("pamit", true)] {
            let buyer = self.world.buyer(name).await;
            self.world.gives(&buyer, 600_000).await;
            let placed = self.world.orders(&buyer, "ghost-pro").await.unwrap();
            self.world.pays(&placed).await;
            self.run().await;
            let (customer, contract) = (&buyer.customer_id, self.world.contract(&placed).await.id);
            if leaves {
                cancel::cancel(&ctx, customer, &contract, cancel::When::PeriodEnd, "Pindah").await.unwrap();
            } else {
                later::schedule(&ctx, customer, &contract, "ghost-basic", "monthly").await.unwrap();
                self.world.quotes(&buyer, vec![words("Pelatihan", 1, 100_000)]).await;
            }
        }
        self.run().await;
    }
}
