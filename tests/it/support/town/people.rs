//! Who comes, who leaves, who came twice, and staff.
use super::{Town, begins};
use crate::support::{World, money::by_wallet, people::PASSWORD, shop::Buyer};
use entity::value::{CustomerId, ImportId, ImportKind, UserId, WalletPayoutId};
use std::collections::BTreeMap;
use yumna::{
    domain::{
        customers,
        desk::{self, Leave},
        identity,
        ledger::{self, BankAccount},
        payments::{
            attempt,
            refund::{Destination, NewRefund, refund_to},
        },
        takeover::{self, Options},
    },
    kernel::{page::PageRequest, permission},
};

impl Town {
    /// A customer of another system whose key is `key` is taken over.
    pub async fn takes_over(&self, key: &str) -> ImportId {
        let (ctx, email) = (self.world.staff("ana"), format!("{}@pindah.test", key.to_lowercase()));
        let table = format!("id,name,email,credit\n{key},Eka Putri,{email},1000\n{key}-x,Salah,bukan-alamat,1\n");
        let sent = takeover::send_in(&ctx, ImportKind::Customers, "whmcs", Options::default(), table.into_bytes());
        let draft = sent.await.unwrap();
        begins(&ctx, &draft.id).await.unwrap();
        takeover::run_some(&ctx, &draft.id, takeover::AT_ONCE).await.unwrap();
        draft.id
    }

    /// Somebody has moved here with a contract, and others are looked at.
    pub(super) async fn has_newcomers(&mut self) {
        let ctx = self.world.staff("ana");
        let done = self.takes_over("MOVED").await;
        self.know("done_import", done.0);
        let table = "id,userid,plan,price,cycle,next due,domain\n1,MOVED,ghost-basic,45000,monthly,2026-12-15,<b>x\n\
                     2,NOBODY,ghost-basic,45000,monthly,2026-01-15,\n";
        let send = |kind, table: &str| takeover::send_in(&ctx, kind, "whmcs", Options::default(), table.into());
        let contracts = send(ImportKind::Contracts, table).await.unwrap();
        begins(&ctx, &contracts.id).await.unwrap();
        takeover::run_some(&ctx, &contracts.id, takeover::AT_ONCE).await.unwrap();
        let rows = takeover::row_list(&ctx, &contracts.id, None, &PageRequest::default()).await.unwrap().rows;
        self.know("elsewhere_subscription", rows[0].target_id.clone().unwrap());
        self.know("contracts_import", contracts.id.0);
        let looked_at = "id,name,email,credit\n3,<b>Fajar,fajar@pindah.test,5000\n4,Salah,bukan-alamat,1\n";
        let draft = send(ImportKind::Customers, looked_at).await.unwrap().id;
        self.know("import_seen", takeover::preview(&ctx, &draft).await.unwrap().fingerprint);
        self.know("import", draft.0);
    }

    /// Somebody comes, has money and has his account closed.
    pub async fn leaves(&self, name: &str, minor: i64) -> (CustomerId, WalletPayoutId) {
        let buyer = self.world.buyer(name).await;
        let mut rest = minor;
        while rest > 0 {
            let part = rest.min(900_000);
            self.world.gives(&buyer, part).await;
            rest -= part;
        }
        let bank = BankAccount { bank_name: "BCA", account_holder: "<b>Cici", account_number: "1234567890" };
        let leave = Leave { reason: "Pindah <b>kota", bank };
        let left = desk::close(&self.world.staff("ana"), &buyer.customer_id, &leave).await.unwrap();
        (buyer.customer_id, left.payout.unwrap().id)
    }

    /// One who could leave; one who has left, with a payout under way and money that came after; payouts in other states.
    pub(super) async fn has_leavers(&mut self) {
        let leaver = self.world.buyer("lia").await;
        self.world.gives(&leaver, 150_000).await;
        let (closed, payout) = self.leaves("cici", 120_000).await;
        let late = Buyer { customer_id: closed.clone(), ..leaver.clone() };
        self.world.gives(&late, 25_000).await;
        let (_, paid) = self.leaves("gita", 80_000).await;
        ledger::confirm_payout(&self.world.staff("ana"), &paid, "BCA-0007").await.unwrap();
        let (_, waiting) = self.leaves("hana", 2_500_000).await;
        for (name, id) in [
            ("leaver", leaver.customer_id.0),
            ("closed_customer", closed.0),
            ("payout", payout.0),
            ("paid_payout", paid.0),
            ("waiting_payout", waiting.0),
            ("refund_payout", self.called_off_refund().await.0),
        ] {
            self.know(name, id);
        }
    }

    /// The payout of a refund that was to go to a bank account, and was called off.
    async fn called_off_refund(&self) -> WalletPayoutId {
        let buyer = self.world.buyer("rina").await;
        self.world.gives(&buyer, 100_000).await;
        let (ctx, ana) = (self.world.system(), self.world.staff("ana"));
        let rina = customers::get(&ctx.db, &buyer.customer_id).await.unwrap();
        let bill = self.world.debt(&rina, &[30_000]).await;
        let paid = attempt::start(&ctx, &rina.id, &bill.id, &by_wallet()).await.unwrap();
        let new = NewRefund {
            payment_id: &paid.id,
            amount_minor: 10_000,
            destination: Destination::Bank,
            reason: "Tidak <b>sesuai",
            key: "rina",
        };
        let bank = BankAccount { bank_name: "BCA", account_holder: "<b>Rina", account_number: "1234567890" };
        let row = refund_to(&ana, new, &bank).await.unwrap();
        let payout = ledger::payout_of_refund(&ctx.db, &row.id).await.unwrap().unwrap();
        ledger::cancel_payout(&ana, &payout.id, "Salah nomor").await.unwrap();
        payout.id
    }

    /// Somebody who registered twice, with money in both accounts; two whose accounts are one already.
    pub(super) async fn has_duplicates(&mut self) {
        let twice = self.world.buyer("andi-lagi").await;
        self.world.gives(&twice, 40_000).await;
        let (old, new) = (self.world.buyer("nana").await, self.world.buyer("nana-baru").await);
        self.world.gives(&old, 60_000).await;
        let reason = "Mendaftar <b>dua kali";
        desk::merge(&self.world.staff("ana"), &old.customer_id, &new.customer_id, reason).await.unwrap();
        self.know("duplicate", twice.customer_id.0);
        self.know("merged_customer", old.customer_id.0);
    }
}

/// Somebody of every role.
pub(super) async fn staff_of(world: &World) -> BTreeMap<&'static str, UserId> {
    let mut staff = BTreeMap::new();
    for role in permission::BUILTIN_ROLES {
        let email = format!("{role}@example.test");
        let user_id = if *role == "admin" {
            identity::create_admin(&world.system(), &email, "Sari", Some(PASSWORD)).await.unwrap().user_id
        } else {
            world.register(role, &email).await;
            let user_id = world.user(&email).await.id;
            identity::roles::assign(&world.system(), &user_id, role).await.unwrap();
            user_id
        };
        staff.insert(*role, user_id);
    }
    staff
}
