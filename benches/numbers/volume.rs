//! Volume: the rows of one real purchase of the seeded shop, repeated for many customers with ten invoices each, with
//! keys, numbers and times of their own. Ledger postings are not repeated: no page that is measured adds them up.
use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::{invoice, invoice_item, invoice_tax},
    customers::{customer, member},
    identity::user,
    ordering::{order, order_item},
    payments::payment,
    provisioning::instance,
    subscriptions::subscription,
    value::*,
};
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, DatabaseConnection, EntityTrait, IntoActiveModel, QueryFilter,
    TransactionTrait,
};

const INVOICES_EACH: i64 = 10;
/// The days over which a customer's invoices are spread.
const DAYS: i64 = 300;
/// Rows of one statement; both databases take so many values.
const AT_ONCE: usize = 400;
/// Of so many customers written at once, these may be signed in.
const SIGNED_IN_OF_EACH: usize = 3;
/// One customer in so many owes the newest invoice.
const DEBTOR_EVERY: i64 = 10;

/// How much there is to be.
pub struct Size {
    /// Customers with ten invoices each.
    pub customers: i64,
    /// Invoices of one more customer, where there is to be one.
    pub largest: Option<i64>,
}

/// Who may be signed in.
pub struct People {
    pub staff: UserId,
    pub owners: Vec<UserId>,
    /// Who owns the customer with the most invoices, where there is one.
    pub largest: Option<UserId>,
}

/// What is repeated.
struct Purchase {
    user: user::Model,
    customer: customer::Model,
    member: member::Model,
    order: order::Model,
    order_item: order_item::Model,
    subscription: subscription::Model,
    instance: instance::Model,
    invoice: invoice::Model,
    items: Vec<invoice_item::Model>,
    taxes: Vec<invoice_tax::Model>,
    payment: payment::Model,
}

/// Rows to be written, by table.
#[derive(Default)]
struct Rows {
    users: Vec<user::Model>,
    customers: Vec<customer::Model>,
    members: Vec<member::Model>,
    orders: Vec<order::Model>,
    order_items: Vec<order_item::Model>,
    subscriptions: Vec<subscription::Model>,
    instances: Vec<instance::Model>,
    invoices: Vec<invoice::Model>,
    items: Vec<invoice_item::Model>,
    taxes: Vec<invoice_tax::Model>,
    payments: Vec<payment::Model>,
}

/// Writes the volume into a shop that was seeded.
pub async fn write(db: &DatabaseConnection, size: &Size) -> anyhow::Result<People> {
    let purchase = Purchase::find(db).await?;
    let staff = user::Entity::find().filter(user::Column::IsStaff.eq(true)).one(db).await?.context("no staff")?;
    let now = yumna::kernel::clock::machine_now();
    let mut owners = Vec::new();
    let mut largest = None;
    if let Some(invoices) = size.largest {
        let mut rows = Rows::default();
        purchase.repeat(size.customers, invoices, now, &mut rows);
        largest = rows.users.first().map(|user| user.id.clone());
        rows.insert(db).await?;
    }
    for first in (0..size.customers).step_by(AT_ONCE) {
        let mut rows = Rows::default();
        for number in first..size.customers.min(first + AT_ONCE as i64) {
            purchase.repeat(number, INVOICES_EACH, now, &mut rows);
        }
        owners.extend(rows.users.iter().take(SIGNED_IN_OF_EACH).map(|user| user.id.clone()));
        rows.insert(db).await?;
    }
    Ok(People { staff: staff.id, owners, largest })
}

impl Purchase {
    async fn find(db: &DatabaseConnection) -> anyhow::Result<Self> {
        let runs = instance::Column::Status.eq(InstanceStatus::Running);
        let instance =
            instance::Entity::find().filter(runs).one(db).await?.context("nothing runs in the seeded shop")?;
        let subscription = subscription::Entity::find_by_id(instance.subscription_id.clone()).one(db).await?;
        let subscription = subscription.context("no contract")?;
        let order_id = OrderId(subscription.order_id.clone().context("no order")?);
        let order = order::Entity::find_by_id(order_id.clone()).one(db).await?.context("no order")?;
        let order_item = order_item::Entity::find().filter(order_item::Column::OrderId.eq(order_id)).one(db).await?;
        let invoice_id = InvoiceId(order.invoice_id.clone().context("no invoice")?);
        let invoice = invoice::Entity::find_by_id(invoice_id.clone()).one(db).await?.context("no invoice")?;
        let items = invoice_item::Entity::find().filter(invoice_item::Column::InvoiceId.eq(&*invoice_id.0));
        let taxes = invoice_tax::Entity::find().filter(invoice_tax::Column::InvoiceId.eq(&*invoice_id.0));
        let payment = payment::Entity::find().filter(payment::Column::Status.eq(PaymentStatus::Succeeded));
        let customer = customer::Entity::find_by_id(order.customer_id.clone()).one(db).await?.context("no customer")?;
        let member = member::Entity::find().filter(member::Column::CustomerId.eq(customer.id.as_str())).one(db).await?;
        let member = member.context("no member")?;
        Ok(Self {
            user: user::Entity::find_by_id(member.user_id.clone()).one(db).await?.context("no user")?,
            order_item: order_item.context("no line")?,
            items: items.all(db).await?,
            taxes: taxes.all(db).await?,
            payment: payment.one(db).await?.context("nobody paid")?,
            customer,
            member,
            order,
            subscription,
            instance,
            invoice,
        })
    }

    /// The rows of customer `number`, whose first purchase lies ten months back.
    fn repeat(&self, number: i64, invoices: i64, now: DateTime<Utc>, rows: &mut Rows) {
        let joined = now - Duration::days(DAYS) - Duration::minutes(number);
        let user = user::Model {
            id: UserId::generate(),
            email: format!("volume{number}@example.test"),
            name: format!("Pelanggan {number:05}"),
            created_at: joined,
            ..self.user.clone()
        };
        let customer = customer::Model {
            id: CustomerId::generate(),
            name: user.name.clone(),
            email: user.email.clone(),
            created_at: joined,
            ..self.customer.clone()
        };
        let member = member::Model {
            id: MemberId::generate(),
            customer_id: customer.id.clone(),
            user_id: user.id.clone(),
            ..self.member.clone()
        };
        let subscription_id = SubscriptionId::generate();
        let order_id = OrderId::generate();
        let first = rows.invoices.len();
        for position in 0..invoices {
            let issued = joined
                + Duration::days(DAYS) * i32::try_from(position).unwrap_or(0) / i32::try_from(invoices).unwrap_or(1);
            let is_owed = position == invoices - 1 && number % DEBTOR_EVERY == 0;
            self.repeat_invoice((number, position), (issued, is_owed), &customer, &subscription_id, rows);
        }
        rows.orders.push(order::Model {
            id: order_id.clone(),
            number: format!("VOL-{number:06}"),
            customer_id: customer.id.clone(),
            user_id: Some(user.id.clone()),
            invoice_id: Some(rows.invoices[first].id.0.clone()),
            created_at: joined,
            ..self.order.clone()
        });
        rows.order_items.push(order_item::Model {
            id: OrderItemId::generate(),
            order_id: order_id.clone(),
            subscription_id: Some(subscription_id.0.clone()),
            ..self.order_item.clone()
        });
        let instance_id = InstanceId::generate();
        let label = instance_id.0.to_lowercase().replace('_', "-");
        rows.instances.push(instance::Model {
            name: label.clone(),
            host: Some(format!("{label}.localhost")),
            id: instance_id,
            customer_id: customer.id.clone(),
            subscription_id: subscription_id.clone(),
            status: InstanceStatus::Running,
            ..self.instance.clone()
        });
        rows.subscriptions.push(subscription::Model {
            id: subscription_id,
            customer_id: customer.id.clone(),
            order_id: Some(order_id.0),
            status: SubscriptionStatus::Active,
            exclusive_key: None,
            created_at: joined,
            ..self.subscription.clone()
        });
        rows.users.push(user);
        rows.customers.push(customer);
        rows.members.push(member);
    }

    fn repeat_invoice(
        &self,
        (number, position): (i64, i64),
        (issued, is_owed): (DateTime<Utc>, bool),
        customer: &customer::Model,
        subscription_id: &SubscriptionId,
        rows: &mut Rows,
    ) {
        let id = InvoiceId::generate();
        for item in &self.items {
            rows.items.push(invoice_item::Model {
                id: InvoiceItemId::generate(),
                invoice_id: id.clone(),
                subscription_id: Some(subscription_id.0.clone()),
                ..item.clone()
            });
        }
        for tax in &self.taxes {
            rows.taxes.push(invoice_tax::Model { id: InvoiceTaxId::generate(), invoice_id: id.clone(), ..tax.clone() });
        }
        if !is_owed {
            rows.payments.push(payment::Model {
                id: PaymentId::generate(),
                reference: format!("VOL-{number:06}-{position}"),
                customer_id: customer.id.clone(),
                invoice_id: Some(id.clone()),
                external_id: Some(format!("vol-{number}-{position}")),
                created_at: issued,
                settled_at: Some(issued + Duration::hours(1)),
                ..self.payment.clone()
            });
        }
        rows.invoices.push(invoice::Model {
            number: Some(format!("VOL/{number:06}/{position}")),
            customer_id: customer.id.clone(),
            status: if is_owed { InvoiceStatus::Issued } else { InvoiceStatus::Paid },
            paid_minor: if is_owed { 0 } else { self.invoice.total_minor },
            public_token: format!("{}{number}-{position}", id.0),
            document_hash: None,
            previous_hash: None,
            issued_at: Some(issued),
            due_at: Some(issued + Duration::days(7)),
            paid_at: (!is_owed).then(|| issued + Duration::hours(1)),
            created_at: issued,
            id,
            ..self.invoice.clone()
        });
    }
}

impl Rows {
    /// In the order of their references, in one transaction.
    async fn insert(self, db: &DatabaseConnection) -> anyhow::Result<()> {
        let tx = db.begin().await?;
        insert(&tx, self.users).await?;
        insert(&tx, self.customers).await?;
        insert(&tx, self.members).await?;
        insert(&tx, self.invoices).await?;
        insert(&tx, self.items).await?;
        insert(&tx, self.taxes).await?;
        insert(&tx, self.payments).await?;
        insert(&tx, self.orders).await?;
        insert(&tx, self.order_items).await?;
        insert(&tx, self.subscriptions).await?;
        insert(&tx, self.instances).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert<M, A>(tx: &impl sea_orm::ConnectionTrait, rows: Vec<M>) -> anyhow::Result<()>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + ActiveModelBehavior + Send,
{
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<A> = rows.by_ref().take(AT_ONCE).map(|row| row.into_active_model().reset_all()).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        A::Entity::insert_many(chunk).exec_without_returning(tx).await?;
    }
}
