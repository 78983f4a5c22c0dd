//! Which column of a file says what: guessed from its heading, and set by staff where the guess is wrong. Pure.
use entity::value::ImportKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $word:literal [$($heading:literal)*];)*) => {
        /// What a column says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Role {
            $($(#[$doc])* #[serde(rename = $word)] $name),*
        }

        impl Role {
            /// Its word, which is also the name of the field in faults.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// Headings that mean it, best first, as `plain` writes them.
            fn headings(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($heading),*]),* }
            }
        }
    };
}

// The columns of WHMCS are those of `tblclients` and `tblhosting` (docs.whmcs.com, *Database*; read 2026-11-28); what
// others call them are the usual words.
roles! {
    /// Key of the customer or contract in the other system.
    Key = "key" ["sourcekey" "id" "clientid" "serviceid" "hostingid" "contractid" "subscriptionid" "key" "kode" "idpelanggan" "kodepelanggan" "idlayanan" "kodelayanan" "nopelanggan"];
    /// Key of the customer a contract belongs to.
    CustomerKey = "customer_key" ["customersourcekey" "customerkey" "userid" "clientid" "customerid" "customer" "idpelanggan" "kodepelanggan" "nopelanggan"];
    /// Name, or first name.
    Name = "name" ["name" "fullname" "firstname" "nama" "namalengkap" "namadepan" "namapelanggan" "contact" "contactname"];
    /// Last name.
    LastName = "last_name" ["lastname" "namabelakang"];
    /// Company.
    Company = "company" ["companyname" "company" "organization" "perusahaan" "namaperusahaan"];
    /// Mail address.
    Email = "email" ["email" "mail" "emailaddress" "surel" "alamatemail" "clientemail"];
    /// Telephone number.
    Phone = "phone" ["phonenumber" "phone" "telephone" "telepon" "notelepon" "nomortelepon" "telp" "hp" "nohp" "whatsapp"];
    /// Street and number.
    Street1 = "street_1" ["address1" "address" "street" "alamat" "alamat1" "jalan"];
    /// Further line.
    Street2 = "street_2" ["address2" "alamat2"];
    /// City or regency.
    City = "city" ["city" "kota" "kabupaten" "kotakabupaten"];
    /// Province.
    State = "state" ["state" "province" "region" "provinsi"];
    /// Postal code.
    PostalCode = "postal_code" ["postcode" "postalcode" "zip" "zipcode" "kodepos"];
    /// Country.
    Country = "country_code" ["country" "countrycode" "negara"];
    /// Tax number.
    Npwp = "npwp" ["npwp" "taxid" "taxnumber" "nonpwp" "nomornpwp" "vatnumber"];
    /// Language.
    Language = "locale" ["language" "locale" "lang" "bahasa"];
    /// What he paid ahead.
    Balance = "balance" ["walletbalance" "balance" "credit" "creditbalance" "wallet" "saldo" "saldodompet"];
    /// Size sold.
    Plan = "plan" ["plancode" "plan" "package" "packagename" "product" "productname" "paket" "kodepaket" "namapaket" "produk" "packageid"];
    /// How often it is invoiced.
    Cycle = "cycle" ["billingcycle" "cycle" "period" "siklus" "siklustagihan" "periode"];
    /// What a cycle costs.
    Price = "price" ["agreedprice" "recurringamount" "amount" "price" "harga" "hargasepakat" "biaya"];
    /// When the next cycle begins.
    NextDue = "next_due" ["nextduedate" "nextdue" "duedate" "expiresat" "expirydate" "jatuhtempo" "jatuhtempoberikutnya" "tanggaljatuhtempo"];
    /// When it began.
    StartedOn = "started_on" ["startedon" "regdate" "registrationdate" "startdate" "signupdate" "mulai" "tanggalmulai" "tanggaldaftar"];
    /// Whether it runs.
    Status = "status" ["domainstatus" "status"];
    /// Where its machine lies.
    Remote = "remote" ["remote" "remoteobject" "domain" "hostname" "host" "server" "dedicatedip" "namespace" "alamatmesin"];
    /// In which currency.
    Currency = "currency" ["currencycode" "currency" "matauang"];
}

const OF_CUSTOMERS: [Role; 17] = [
    Role::Key,
    Role::Email,
    Role::Name,
    Role::LastName,
    Role::Company,
    Role::Phone,
    Role::Street1,
    Role::Street2,
    Role::City,
    Role::State,
    Role::PostalCode,
    Role::Country,
    Role::Npwp,
    Role::Language,
    Role::Balance,
    Role::Currency,
    Role::Status,
];

const OF_CONTRACTS: [Role; 11] = [
    Role::Key,
    Role::CustomerKey,
    Role::Email,
    Role::Plan,
    Role::Cycle,
    Role::Price,
    Role::NextDue,
    Role::StartedOn,
    Role::Status,
    Role::Remote,
    Role::Currency,
];

impl Role {
    /// The roles of a file, in the order of the form.
    pub fn of(kind: ImportKind) -> &'static [Self] {
        match kind {
            ImportKind::Customers => &OF_CUSTOMERS,
            ImportKind::Contracts => &OF_CONTRACTS,
        }
    }
}

/// Which heading plays which role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Columns(pub BTreeMap<Role, String>);

pub(super) fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

impl Columns {
    /// The most likely columns of a table with these headings. No heading plays two roles.
    pub(super) fn guess(kind: ImportKind, headings: &[String]) -> Self {
        Self::default().with_guesses(kind, headings)
    }

    /// The same columns, and for roles that nothing plays yet the most likely of `headings`.
    pub(super) fn with_guesses(mut self, kind: ImportKind, headings: &[String]) -> Self {
        for role in Role::of(kind) {
            if self.0.contains_key(role) {
                continue;
            }
            let is_free = |heading: &&String| !self.0.values().any(|taken| taken == *heading);
            let found = role
                .headings()
                .iter()
                .find_map(|known| headings.iter().filter(is_free).find(|heading| plain(heading) == *known).cloned());
            if let Some(heading) = found {
                self.0.insert(*role, heading);
            }
        }
        self
    }

    /// Whether every named heading stands in the table: the columns of a former file fit this one.
    pub(super) fn fit(&self, headings: &[String]) -> bool {
        !self.0.is_empty() && self.0.values().all(|heading| headings.contains(heading))
    }

    /// What is missing before a file can be read.
    pub fn missing(&self, kind: ImportKind) -> Option<Role> {
        let has = |role: &Role| self.0.contains_key(role);
        let needed: &[Role] = match kind {
            ImportKind::Customers => &[Role::Key, Role::Email],
            ImportKind::Contracts => &[Role::Key, Role::Plan, Role::Cycle, Role::Price, Role::NextDue],
        };
        let either: [Role; 2] = match kind {
            ImportKind::Customers => [Role::Name, Role::Company],
            ImportKind::Contracts => [Role::CustomerKey, Role::Email],
        };
        let lacks_both = !either.iter().any(has);
        needed.iter().find(|role| !has(role)).copied().or_else(|| lacks_both.then_some(either[0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(kind: ImportKind, headings: &str) -> BTreeMap<&'static str, String> {
        let headings: Vec<String> = headings.split(',').map(str::to_owned).collect();
        let columns = Columns::guess(kind, &headings);
        assert_eq!(columns.missing(kind), None, "{headings:?}");
        columns.0.into_iter().map(|(role, heading)| (role.as_str(), heading)).collect()
    }

    #[test]
    fn the_tables_of_whmcs_are_known() {
        let clients = "id,uuid,firstname,lastname,companyname,email,address1,address2,city,state,postcode,country,\
                       phonenumber,tax_id,password,currency,credit,language,status";
        let found = guess(ImportKind::Customers, clients);
        for (role, heading) in [
            ("key", "id"),
            ("name", "firstname"),
            ("last_name", "lastname"),
            ("balance", "credit"),
            ("npwp", "tax_id"),
            ("postal_code", "postcode"),
        ] {
            assert_eq!(found[role], heading, "{role}");
        }
        let hosting = "id,userid,orderid,packageid,regdate,domain,amount,billingcycle,nextduedate,domainstatus";
        let found = guess(ImportKind::Contracts, hosting);
        for (role, heading) in [
            ("key", "id"),
            ("customer_key", "userid"),
            ("plan", "packageid"),
            ("next_due", "nextduedate"),
            ("status", "domainstatus"),
            ("remote", "domain"),
        ] {
            assert_eq!(found[role], heading, "{role}");
        }
    }

    #[test]
    fn the_words_of_a_spreadsheet_are_known_too() {
        let found = guess(ImportKind::Customers, "Kode Pelanggan,Nama,Alamat Email,No. HP,Alamat,Kode Pos,NPWP,Saldo");
        assert_eq!((found["key"].as_str(), found["phone"].as_str()), ("Kode Pelanggan", "No. HP"));
        let found =
            guess(ImportKind::Contracts, "Kode,Email,Kode Paket,Siklus,Harga,Jatuh Tempo Berikutnya,Tanggal Mulai");
        assert_eq!((found["email"].as_str(), found["started_on"].as_str()), ("Email", "Tanggal Mulai"));
    }

    #[test]
    fn known_columns_stay_and_only_roles_that_nothing_plays_are_guessed() {
        let words = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let known = [(Role::Key, "kode"), (Role::Name, "nama"), (Role::Email, "surel")];
        let known = Columns(known.into_iter().map(|(role, heading)| (role, heading.to_owned())).collect());
        let found = known.clone().with_guesses(ImportKind::Customers, &words("id,email,saldo,telepon,kode"));
        let added: Vec<_> = found.0.iter().filter(|(role, _)| !known.0.contains_key(role)).collect();
        assert_eq!(added, [(&Role::Phone, &"telepon".to_owned()), (&Role::Balance, &"saldo".to_owned())]);
        assert!(known.0.iter().all(|(role, heading)| found.0.get(role) == Some(heading)));
        assert_eq!(known.clone().with_guesses(ImportKind::Customers, &[]), known);
    }

    #[test]
    fn what_is_missing_is_named() {
        let of = |kind, headings: &[&str]| {
            let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
            Columns::guess(kind, &headings).missing(kind)
        };
        assert_eq!(of(ImportKind::Customers, &["id", "email"]), Some(Role::Name));
        assert_eq!(of(ImportKind::Customers, &["id", "email", "company"]), None);
        assert_eq!(of(ImportKind::Contracts, &["id", "plan", "cycle", "price", "due date"]), Some(Role::CustomerKey));
        assert_eq!(of(ImportKind::Contracts, &["id", "email", "plan", "cycle", "price"]), Some(Role::NextDue));
    }
}
