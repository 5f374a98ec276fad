//! The stored forms: one file for each, or for each family. A format reads text and computes nothing: it makes a
//! [`Parsed`](crate::parsed::Parsed) of the text behind its prefix, or says what is wrong with it.

pub(crate) mod aspnet_identity;
pub(crate) mod bcrypt;
pub(crate) mod better_auth;
pub(crate) mod crypt;
pub(crate) mod django;
pub(crate) mod drupal;
pub(crate) mod firebase;
pub(crate) mod keycloak;
pub(crate) mod ldap;
pub(crate) mod magento;
pub(crate) mod mediawiki;
pub(crate) mod passlib;
pub(crate) mod pepper;
pub(crate) mod phc;
pub(crate) mod phpass;
pub(crate) mod prehash;
pub(crate) mod salted;
pub(crate) mod shiro;
pub(crate) mod spring;
pub(crate) mod supabase;
pub(crate) mod werkzeug;
pub(crate) mod wordpress;
pub(crate) mod yescrypt;
