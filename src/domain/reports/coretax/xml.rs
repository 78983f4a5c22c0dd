//! The file itself: `TaxInvoiceBulk`, its elements named and ordered as in DJP's template (their spelling included).
use super::{TaxInvoice, codes};
use entity::value::business_day;

/// Longest text of an element, in characters.
const LONGEST: usize = 255;

/// The file of `invoices` of a seller with this tax number.
pub(super) fn file(seller_tin: &str, invoices: &[TaxInvoice]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    text.push_str(
        "<TaxInvoiceBulk xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:noNamespaceSchemaLocation=\"TaxInvoice.xsd\">\n",
    );
    let mut xml = Writer { text: &mut text, depth: 1 };
    xml.leaf("TIN", seller_tin);
    xml.branch("ListOfTaxInvoice", |xml| {
        for invoice in invoices {
            xml.branch("TaxInvoice", |xml| tax_invoice(xml, seller_tin, invoice));
        }
    });
    text.push_str("</TaxInvoiceBulk>\n");
    text
}

fn tax_invoice(xml: &mut Writer<'_>, seller_tin: &str, invoice: &TaxInvoice) {
    let seller_nitku = codes::nitku(seller_tin, None).unwrap_or_default();
    let buyer = &invoice.buyer;
    xml.leaf("TaxInvoiceDate", &business_day(invoice.counts_at).to_string());
    xml.leaf("TaxInvoiceOpt", codes::NORMAL);
    xml.leaf("TrxCode", invoice.transaction);
    xml.leaf("AddInfo", "");
    xml.leaf("CustomDoc", "");
    xml.leaf("CustomDocMonthYear", "");
    xml.leaf("RefDesc", &invoice.number);
    xml.leaf("FacilityStamp", "");
    xml.leaf("SellerIDTKU", &seller_nitku);
    xml.leaf("BuyerTin", &buyer.tin);
    xml.leaf("BuyerDocument", buyer.document);
    xml.leaf("BuyerCountry", buyer.country);
    xml.leaf("BuyerDocumentNumber", &buyer.document_number);
    xml.leaf("BuyerName", &buyer.name);
    xml.leaf("BuyerAdress", &buyer.address);
    xml.leaf("BuyerEmail", &buyer.email);
    xml.leaf("BuyerIDTKU", &buyer.nitku);
    xml.branch("ListOfGoodService", |xml| {
        for good in &invoice.goods {
            xml.branch("GoodService", |xml| {
                xml.leaf("Opt", codes::SERVICE);
                xml.leaf("Code", codes::ANY_CODE);
                xml.leaf("Name", &good.name);
                xml.leaf("Unit", codes::UNIT);
                xml.amount("Price", good.price_minor);
                xml.leaf("Qty", &good.quantity.to_string());
                xml.amount("TotalDiscount", good.discount_minor);
                xml.amount("TaxBase", good.net_minor);
                xml.amount("OtherTaxBase", good.other_base_minor);
                xml.leaf("VATRate", &invoice.rate_percent.to_string());
                xml.amount("VAT", good.tax_minor);
                xml.leaf("STLGRate", "0");
                xml.amount("STLG", 0);
            });
        }
    });
}

struct Writer<'a> {
    text: &'a mut String,
    depth: usize,
}

impl Writer<'_> {
    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.depth));
    }

    fn branch(&mut self, name: &str, inside: impl FnOnce(&mut Writer<'_>)) {
        self.indent();
        self.text.push_str(&format!("<{name}>\n"));
        inside(&mut Writer { text: self.text, depth: self.depth + 1 });
        self.indent();
        self.text.push_str(&format!("</{name}>\n"));
    }

    fn leaf(&mut self, name: &str, value: &str) {
        self.indent();
        if value.is_empty() {
            self.text.push_str(&format!("<{name}/>\n"));
        } else {
            self.text.push_str(&format!("<{name}>{}</{name}>\n", escaped(value)));
        }
    }

    /// Whole rupiah with the two places of the template.
    fn amount(&mut self, name: &str, minor: i64) {
        self.leaf(name, &format!("{minor}.00"));
    }
}

/// Text of an element: what means something in XML is escaped, what XML 1.0 does not know is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars().take(LONGEST) {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\n' | '\r' | '\t' => safe.push(' '),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{super::Buyer, *};
    use crate::domain::reports::coretax::Good;

    /// Children of `TaxInvoice` before its lines, in the template's order.
    const HEAD: &[&str] = &[
        "TaxInvoiceDate",
        "TaxInvoiceOpt",
        "TrxCode",
        "AddInfo",
        "CustomDoc",
        "CustomDocMonthYear",
        "RefDesc",
        "FacilityStamp",
        "SellerIDTKU",
        "BuyerTin",
        "BuyerDocument",
        "BuyerCountry",
        "BuyerDocumentNumber",
        "BuyerName",
        "BuyerAdress",
        "BuyerEmail",
        "BuyerIDTKU",
    ];

    fn invoice(name: &str) -> TaxInvoice {
        TaxInvoice {
            // 00:30 of the first of December in Jakarta.
            counts_at: "2026-11-30T17:30:00Z".parse().unwrap(),
            number: "INV/2026/000123".to_owned(),
            transaction: "04",
            rate_percent: 12,
            buyer: Buyer {
                tin: "0018550814412000".to_owned(),
                document: codes::DOCUMENT_TIN,
                document_number: String::new(),
                country: "IDN",
                name: name.to_owned(),
                address: "Jl. Melati 1, Jakarta".to_owned(),
                email: "a@b.test".to_owned(),
                nitku: "0018550814412000000000".to_owned(),
            },
            goods: vec![Good {
                name: "n8n Basic".to_owned(),
                quantity: 2,
                price_minor: 50_000,
                discount_minor: 1,
                net_minor: 99_999,
                other_base_minor: 91_666,
                tax_minor: 11_000,
            }],
        }
    }

    /// Names of the elements in order, with the text of leaves; fails where tags do not close in order.
    fn elements(xml: &str) -> Vec<(String, String)> {
        let (mut open, mut found) = (Vec::new(), Vec::new());
        for part in xml.split('<').skip(2) {
            let (tag, text) = part.split_once('>').expect("a tag ends");
            let name = tag.split_whitespace().next().unwrap();
            if let Some(closed) = name.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closed), "tags close in order");
            } else if let Some(empty) = name.strip_suffix('/') {
                found.push((empty.to_owned(), String::new()));
            } else {
                open.push(name.to_owned());
                found.push((name.to_owned(), text.trim().to_owned()));
            }
        }
        assert!(open.is_empty(), "every tag closes: {open:?}");
        found
    }

    #[test]
    fn elements_stand_in_the_order_of_the_template() {
        let all = elements(&file("0018550814412000", &[invoice("PT Satu"), invoice("PT Dua")]));
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[..3], ["TaxInvoiceBulk", "TIN", "ListOfTaxInvoice"]);
        assert_eq!(names[3], "TaxInvoice");
        assert_eq!(names[4..4 + HEAD.len()], *HEAD);
        let goods = 4 + HEAD.len();
        assert_eq!(
            names[goods..goods + 15],
            [
                "ListOfGoodService",
                "GoodService",
                "Opt",
                "Code",
                "Name",
                "Unit",
                "Price",
                "Qty",
                "TotalDiscount",
                "TaxBase",
                "OtherTaxBase",
                "VATRate",
                "VAT",
                "STLGRate",
                "STLG"
            ]
        );
        assert_eq!(names.iter().filter(|name| **name == "TaxInvoice").count(), 2);
        let value = |wanted: &str| all.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        assert_eq!(value("TaxInvoiceDate"), Some("2026-12-01"), "the day in Jakarta");
        assert_eq!((value("OtherTaxBase"), value("VAT")), (Some("91666.00"), Some("11000.00")));
        assert_eq!(value("SellerIDTKU"), Some("0018550814412000000000"));
    }

    #[test]
    fn no_name_breaks_the_file() {
        let xml = file("0018550814412000", &[invoice("PT <A> & \"B\" 'C'\u{1}\n]]>")]);
        let all = elements(&xml);
        let name = all.iter().find(|(name, _)| name == "BuyerName").unwrap();
        assert_eq!(name.1, "PT &lt;A&gt; &amp; &quot;B&quot; &apos;C&apos; ]]&gt;");
    }
}
