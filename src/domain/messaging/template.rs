//! Templates of notices: one text per language from which both parts of the mail are made, with an allow-list of
//! variables and no logic.
//!
//! Form: `Subject: …`, then blocks between empty lines. A block `[Label] {{link}}` is the action, lines that begin with
//! `- ` are facts, everything else is a paragraph.

/// Variables every template may use.
const COMMON: &[&str] = &["brand"];

/// One notice in both languages.
#[derive(Debug)]
pub struct Template {
    /// Stable name, stored with each message.
    pub code: &'static str,
    /// Variables it needs, no more and no fewer.
    pub variables: &'static [&'static str],
    id: &'static str,
    en: &'static str,
}

macro_rules! notices {
    ($($code:literal [$($variable:literal)*];)*) => {
        /// Every notice.
        pub const NOTICES: &[Template] = &[$(Template {
            code: $code,
            variables: &[$($variable),*],
            id: include_str!(concat!("../../../templates/email/id/", $code, ".txt")),
            en: include_str!(concat!("../../../templates/email/en/", $code, ".txt")),
        }),*];
    };
}

notices! {
    "verify_email" ["name" "link" "hours"];
    "already_registered" ["name" "link" "reset_link"];
    "password_reset" ["name" "link" "minutes"];
    "password_changed" ["name" "link" "time"];
    "staff_invited" ["name" "link" "hours"];
    "staff_added" ["name" "link"];
    "customer_invited" ["name" "link" "hours" "forgot_link"];
    "invoice_issued" ["name" "link" "number" "items" "total" "due"];
    "quote_sent" ["name" "link" "number" "items" "total" "until"];
    "quote_ending" ["name" "link" "number" "total" "until"];
    "quote_accepted" ["name" "link" "number" "customer" "total" "order"];
    "quote_declined" ["name" "link" "number" "customer" "total" "reason"];
    "quote_expired" ["name" "link" "number" "customer" "total"];
    "order_paid" ["name" "link" "number" "amount" "time"];
    "payment_received" ["name" "link" "number" "amount" "time"];
    "payment_part_received" ["name" "link" "number" "amount" "open" "due" "time"];
    "payment_of_paid_invoice" ["name" "link" "number" "amount" "time"];
    "payment_of_void_invoice" ["name" "link" "number" "amount" "time"];
    "payment_surplus" ["name" "link" "number" "received" "applied" "surplus"];
    "top_up_received" ["name" "link" "amount" "time"];
    "invoices_paid" ["name" "link" "invoices" "amount" "time"];
    "invoices_paid_surplus" ["name" "link" "invoices" "amount" "surplus" "time"];
    "invoices_paid_before" ["name" "link" "amount" "time"];
    "payment_proof_awaited" ["name" "link" "number" "amount" "open" "time"];
    "proof_late" ["name" "link" "number" "amount" "due"];
    "transfer_refused" ["name" "link" "reference" "amount" "reason"];
    "transfer_refused_over" ["name" "link" "reference" "amount" "reason"];
    "service_waiting" ["name" "link" "service" "days"];
    "service_waiting_again" ["name" "link" "service" "until"];
    "service_waiting_near" ["name" "link" "service" "until"];
    "service_room_again" ["name" "link" "service"];
    "service_ready" ["name" "link" "service" "address"];
    "domain_active" ["name" "link" "service" "domain"];
    "domain_failing" ["name" "link" "service" "domain" "trouble" "until"];
    "domain_given_up" ["name" "link" "service" "domain"];
    "domain_removed" ["name" "link" "service" "domain"];
    "provisioning_delayed" ["name" "link" "service"];
    "provisioning_failed" ["name" "link" "service"];
    "refund_to_wallet" ["name" "link" "amount" "reason"];
    "account_closed" ["name" "link"];
    "account_closed_payout" ["name" "link" "amount" "bank" "account"];
    "accounts_merged" ["name" "link" "into"];
    "wallet_paid_out" ["name" "link" "amount" "bank" "account" "reference"];
    "order_cancelled" ["name" "link" "number"];
    "waitlist_slot" ["name" "link" "plan"];
    "renewal_due" ["name" "link" "number" "service" "total" "due"];
    "renewal_overdue" ["name" "link" "number" "service" "total" "due" "until"];
    "trial_ending" ["name" "link" "number" "service" "total" "due"];
    "renewal_due_fee" ["name" "link" "number" "service" "total" "due" "fee" "fee_from"];
    "renewal_overdue_fee" ["name" "link" "number" "service" "total" "due" "until" "fee" "fee_from"];
    "service_suspended" ["name" "link" "service" "until" "room"];
    "service_resumed" ["name" "link" "service"];
    "plan_changed" ["name" "link" "service" "total" "price"];
    "plan_change_failed" ["name" "link" "service" "total"];
    "plan_change_scheduled" ["name" "link" "service" "plan" "date" "price"];
    "plan_change_to_pay" ["name" "link" "service" "plan" "total" "until"];
    "plan_change_withdrawn" ["name" "link" "service" "plan"];
    "removal_near" ["name" "link" "service" "days" "until"];
    "removal_near_backup" ["name" "link" "service" "days" "until"];
    "service_removed" ["name" "link" "service"];
    "staff_alert" ["link" "subject" "detail"];
    "report_mail" ["name" "link" "report" "period" "stop_link"];
    "report_mail_large" ["name" "link" "report" "period" "size" "stop_link"];
    "mail_test" ["name" "link"];
    "refund_to_gateway" ["name" "link" "amount" "reason" "way" "reference"];
    "refund_to_bank" ["name" "link" "amount" "reason"];
    "payment_reversed" ["name" "link" "reference" "number" "open"];
    "payment_reversed_held" ["name" "link" "reference" "number" "open" "services"];
    "payment_reversed_wallet" ["name" "link" "reference" "amount"];
    "dispute_won" ["name" "link" "reference" "amount"];
    "dispute_won_settled" ["name" "link" "reference" "amount"];
    "dispute_lost" ["name" "link" "reference" "amount"];
    "dispute_lost_wallet" ["name" "link" "reference" "amount" "taken"];
    "invoice_voided" ["name" "link" "number" "total"];
    "credit_note_issued" ["name" "link" "note" "number" "amount" "reason" "open"];
    "service_cancelled" ["name" "link" "service" "until"];
    "service_ended" ["name" "link" "service"];
    "wallet_credited" ["name" "link" "amount" "reason" "balance"];
    "wallet_debited" ["name" "link" "amount" "reason" "balance"];
}

const LAYOUT: &str = include_str!("../../../templates/email/layout.html");

/// A value for a variable.
pub(super) type Value = (&'static str, String);

/// A mail as it will go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Why a notice cannot be written: a mistake of ours, found by tests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is no such notice.
    #[error("there is no notice {0}")]
    Unknown(String),
    /// A template uses a variable without a value.
    #[error("notice {notice} has no value for {variable}")]
    NoValue {
        /// Which notice.
        notice: &'static str,
        /// Which variable.
        variable: String,
    },
    /// A value was given that the notice does not declare.
    #[error("notice {notice} does not know {variable}")]
    NotDeclared {
        /// Which notice.
        notice: &'static str,
        /// Which variable.
        variable: &'static str,
    },
    /// A template lacks its subject or a closing brace.
    #[error("notice {0} is malformed")]
    Malformed(&'static str),
}

/// The notice called `code`.
pub(super) fn find(code: &str) -> Result<&'static Template, TemplateError> {
    NOTICES.iter().find(|notice| notice.code == code).ok_or_else(|| TemplateError::Unknown(code.to_owned()))
}

impl Template {
    /// Writes the notice in `locale` (anything but `en` is Indonesian). `footer` is a line of the sender.
    pub(super) fn render(
        &self,
        locale: &str,
        values: &[Value],
        brand: &str,
        footer: &str,
    ) -> Result<Rendered, TemplateError> {
        if let Some((variable, _)) = values.iter().find(|(name, _)| !self.variables.contains(name)) {
            return Err(TemplateError::NotDeclared { notice: self.code, variable });
        }
        let source = if locale == "en" { self.en } else { self.id };
        let (head, body) = source.split_once("\n\n").ok_or(TemplateError::Malformed(self.code))?;
        let subject = head.strip_prefix("Subject: ").ok_or(TemplateError::Malformed(self.code))?;
        let mut all = values.to_vec();
        all.push(("brand", brand.to_owned()));
        let plain = |text: &str| self.fill(text, &all, clean);
        let escaped = |text: &str| self.fill(text, &all, |value| escape(&clean(value)).replace('\n', "<br>"));

        let subject: String = plain(subject)?.replace('\n', " ").chars().take(200).collect();
        let (mut text, mut content) = (String::new(), String::new());
        for block in body.trim().split("\n\n") {
            if let Some((label, link)) = block.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
                text.push_str(&format!("{}:\n{}\n\n", label, plain(link)?));
                content.push_str(&button(label, &escaped(link)?));
            } else if block.starts_with("- ") {
                text.push_str(&plain(block)?);
                text.push_str("\n\n");
                content.push_str(FACTS);
                for fact in block.lines() {
                    let (term, value) = fact.trim_start_matches("- ").split_once(": ").unwrap_or_default();
                    content.push_str(&row(&escape(term), &escaped(&escape(value))?));
                }
                content.push_str("</table>");
            } else {
                text.push_str(&plain(block)?);
                text.push_str("\n\n");
                content.push_str(&format!("<p style=\"margin:0 0 16px\">{}</p>", escaped(&escape(block))?));
            }
        }
        text.push_str(&format!("-- \n{footer}\n"));
        let html = [
            ("{{lang}}", if locale == "en" { "en" } else { "id" }.to_owned()),
            ("{{subject}}", escape(&subject)),
            ("{{brand}}", escape(brand)),
            ("{{footer}}", escape(footer)),
        ]
        .iter()
        .fold(LAYOUT.to_owned(), |page, (name, value)| page.replace(name, value))
        // Last, so that values cannot pass for places of the layout.
        .replace("{{content}}", &content);
        Ok(Rendered { subject, text, html })
    }

    /// Replaces each `{{variable}}` by `form` of its value, in one pass: values are never looked into.
    fn fill(&self, text: &str, values: &[Value], form: impl Fn(&str) -> String) -> Result<String, TemplateError> {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(open) = rest.find("{{") {
            let close = rest[open..].find("}}").ok_or(TemplateError::Malformed(self.code))? + open;
            let name = &rest[open + 2..close];
            let is_declared = COMMON.contains(&name) || self.variables.contains(&name);
            let value = values.iter().find(|(known, _)| is_declared && *known == name);
            let (_, value) =
                value.ok_or_else(|| TemplateError::NoValue { notice: self.code, variable: name.to_owned() })?;
            out.push_str(&rest[..open]);
            out.push_str(&form(value));
            rest = &rest[close + 2..];
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// The table of facts begins so.
const FACTS: &str = "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
                     style=\"margin:0 0 20px;font-size:15px\">";

/// A fact: term and value side by side.
fn row(term: &str, value: &str) -> String {
    const LINE: &str = "padding:8px 0;border-top:1px solid #e3e7e6;vertical-align:top";
    format!(
        "<tr><td class=\"line quiet\" style=\"{LINE};padding-right:16px;color:#52605d;width:34%\">{term}</td>\
         <td class=\"line\" style=\"{LINE};overflow-wrap:anywhere\">{value}</td></tr>"
    )
}

fn button(label: &str, link: &str) -> String {
    let style = "display:inline-block;background:#0f766e;color:#ffffff;text-decoration:none;font-weight:600;\
                 padding:12px 20px;border-radius:6px";
    let label = escape(label);
    format!("<p style=\"margin:8px 0 24px\"><a href=\"{link}\" style=\"{style}\">{label}</a></p>")
}

/// Takes out control characters but line breaks.
fn clean(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Whether a text has a one-time link, struck out or not.
pub(super) fn has_one_time_link(text: &str) -> bool {
    text.contains("token=")
}

/// Strikes out the secret part of one-time links.
pub(super) fn strike_tokens(text: &str) -> String {
    const MARK: &str = "token=";
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(MARK) {
        let after = &rest[at + MARK.len()..];
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(after.len());
        out.push_str(&rest[..at + MARK.len()]);
        out.push('…');
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::notifiers::links_of;

    fn values(notice: &Template) -> Vec<Value> {
        let value = |name: &'static str| match name {
            "link" => "https://yumna.test/act?token=abc-DEF_1".to_owned(),
            "reset_link" => "https://yumna.test/reset".to_owned(),
            _ => format!("<i>{name}</i> & \"more\""),
        };
        notice.variables.iter().map(|name| (*name, value(name))).collect()
    }

    #[test]
    fn every_notice_is_written_in_both_languages_with_every_variable_and_its_action_first() {
        for notice in NOTICES {
            for locale in ["id", "en"] {
                let mail = notice.render(locale, &values(notice), "Toko & Co", "Toko & Co").unwrap();

                for part in [&mail.subject, &mail.text, &mail.html] {
                    assert!(!part.contains("{{") && !part.contains("}}"), "{} {locale}: {part}", notice.code);
                }
                for name in notice.variables.iter().filter(|name| !name.ends_with("link")) {
                    assert!(mail.text.contains(&format!("<i>{name}</i>")), "{} {locale} lacks {name}", notice.code);
                }
                assert!(!mail.html.contains("<i>"), "{} {locale} is not escaped", notice.code);
                assert_eq!(links_of(&mail.text)[0], "https://yumna.test/act?token=abc-DEF_1", "{}", notice.code);
                assert!(mail.html.contains(&format!("lang=\"{locale}\"")));
            }
            assert_ne!(notice.id, notice.en, "{} is not translated", notice.code);
        }
    }

    #[test]
    fn values_are_never_looked_into() {
        let notice = find("mail_test").unwrap();
        let values = vec![("name", "{{link}} {{content}}\u{7}".to_owned()), ("link", "https://a.test".to_owned())];

        let mail = notice.render("en", &values, "B", "F").unwrap();

        assert!(mail.text.starts_with("Hello {{link}} {{content}},"));
    }

    #[test]
    fn missing_and_unknown_variables_are_mistakes() {
        let notice = find("mail_test").unwrap();
        assert!(matches!(notice.render("id", &[], "B", "F"), Err(TemplateError::NoValue { .. })));
        let odd = [("detail", String::new())];
        assert!(matches!(notice.render("id", &odd, "B", "F"), Err(TemplateError::NotDeclared { .. })));
        assert!(find("nothing").is_err());
    }

    #[test]
    fn one_time_links_are_struck_out() {
        let struck = strike_tokens("open https://a.test/verify?token=Ab-c_9\" or https://b.test?x=1&token=zz now");
        assert_eq!(struck, "open https://a.test/verify?token=…\" or https://b.test?x=1&token=… now");
    }
}
