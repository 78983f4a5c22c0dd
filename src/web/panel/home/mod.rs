//! The customer's home: does it run, what is owed, what happens next.
pub mod view;

use crate::{
    domain::reports,
    kernel::permission::may,
    web::{WebError, frame::Frame, principal::Member, respond, sse},
};
use actix_web::{
    HttpResponse,
    web::{self, ServiceConfig},
};
use view::{HomeCard, HomePage, LiveFragment};

/// The addresses of the home.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/panel", web::get().to(index)).route("/panel/live", web::get().to(live));
}

fn unverified(member: &Member<may::Read>) -> Option<String> {
    let user = &member.signed_in.user;
    user.email_verified_at.is_none().then(|| user.email.clone())
}

async fn index(member: Member<may::Read>) -> Result<HttpResponse, WebError> {
    let dashboard = reports::panel_dashboard(&member.ctx, &member.customer_id, &member.account().currency).await?;
    let mut frame = member.frame();
    frame.count("billing", dashboard.open_invoices.len() as u64);
    let home = HomeCard::build(&frame, &dashboard, unverified(&member));
    let rows = view::rows(&frame, &dashboard);
    let first_name = member.signed_in.user.name.split_whitespace().next().unwrap_or_default();
    let greeting = frame.ta("panel-hello", [("name", first_name)]);
    respond::page(&HomePage { greeting, home, rows, frame })
}

/// `GET /panel/live`
async fn live(member: Member<may::Read>) -> HttpResponse {
    let topics = vec![format!("customer:{}", member.customer_id)];
    let (ctx, frame, customer_id) = (member.ctx.clone(), member.frame(), member.customer_id.clone());
    let currency = member.account().currency.clone();
    let unverified = unverified(&member);
    let render: sse::Render = Box::new(move || {
        let (ctx, customer_id, unverified) = (ctx.clone(), customer_id.clone(), unverified.clone());
        let currency = currency.clone();
        let frame = Frame { now: ctx.now(), ..frame.clone() };
        Box::pin(async move {
            match reports::panel_dashboard(&ctx, &customer_id, &currency).await {
                Ok(dashboard) => {
                    let home = HomeCard::build(&frame, &dashboard, unverified);
                    sse::drawn(&LiveFragment { home, rows: view::rows(&frame, &dashboard), frame })
                }
                Err(_) => Vec::new(),
            }
        })
    });
    sse::stream(&member.ctx.services, topics, render)
}
