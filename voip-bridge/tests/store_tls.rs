//! PostgreSQL by TLS: a real server with a certificate made here, and what a bridge says to one that it should not
//! trust.

mod certificates;
mod databases;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use caller_tag::E164;
use certificates::Authority;
use databases::Postgres;
use rcgen::SanType;
use voip_bridge::config;
use voip_bridge::pool::StoreError;
use voip_bridge::store::Store;

/// An address of this machine that no other test uses.
fn own_address(host: u8) -> IpAddr {
    Ipv4Addr::new(127, u8::try_from(std::process::id() % 200).unwrap() + 1, 250, host).into()
}

/// How a bridge is told to reach the server at `address`, if its certificate is by `trusted`.
fn by_tls(server: &Postgres, name: &str, address: IpAddr, folder: &Path, trusted: &Authority) -> config::Store {
    let file = folder.join(format!("{name}.pem"));
    std::fs::write(&file, trusted.pem()).unwrap();
    let store = server.database(name);
    let parameters = format!("host={address} user=postgres dbname={name}");
    config::Store { postgres: Some(parameters), authorities: Some(file), ..store }
}

#[tokio::test]
async fn a_server_that_the_operators_authority_vouches_for_is_used_by_tls_only() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let (address, folder) = (own_address(1), tempfile::tempdir().unwrap());
    let (certificate, key) = authority.of(SanType::IpAddress(address));
    let server = Postgres::start_with_tls(address, &certificate, &key);

    let config = by_tls(&server, "trusted", address, folder.path(), &authority);
    let store = Store::open(&config).await.unwrap();
    let number = E164::parse("+15550100001").unwrap();
    assert_eq!(store.add_numbers(&[number]).await, Ok(1));

    // The server lets nobody in without TLS: so the bridge above has spoken it.
    let parameters = format!("{} sslmode=disable", config.postgres.clone().unwrap());
    let plain = config::Store { postgres: Some(parameters), authorities: None, ..config };
    assert!(matches!(Store::open(&plain).await, Err(StoreError::Failed(why)) if why.contains("no encryption")));

    let config = by_tls(&server, "stranger", address, folder.path(), &stranger);
    assert!(
        matches!(Store::open(&config).await, Err(StoreError::Unavailable(why)) if why.contains("invalid peer certificate"))
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_is_no_good() {
    let authority = Authority::new();
    let (address, folder) = (own_address(2), tempfile::tempdir().unwrap());
    let (certificate, key) = authority.of(SanType::IpAddress(own_address(3)));
    let server = Postgres::start_with_tls(address, &certificate, &key);
    let config = by_tls(&server, "other", address, folder.path(), &authority);
    assert!(matches!(Store::open(&config).await, Err(StoreError::Unavailable(why)) if why.contains("not valid for")));
}

#[tokio::test]
async fn a_server_without_tls_gets_no_password() {
    let (address, folder) = (own_address(4), tempfile::tempdir().unwrap());
    let server = Postgres::start_in_the_clear(address);
    let config = by_tls(&server, "plain", address, folder.path(), &Authority::new());
    assert!(matches!(Store::open(&config).await, Err(StoreError::Failed(why)) if why.contains("TLS")));
}

#[tokio::test]
async fn authorities_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nothing.pem");
    std::fs::write(&file, "").unwrap();
    let postgres = Some(format!("host={}", own_address(5)));
    let config = config::Store { postgres, authorities: Some(file), ..config::Store::default() };
    let said = Store::open(&config).await.expect_err("no authority").to_string();
    assert!(said.ends_with("nothing.pem: there is no certificate in it"), "{said}");
}
