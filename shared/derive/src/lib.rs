//! `#[derive(Decode)]`: implements `confab_shared::decode::Decode` for a type from the declaration, and the attributes, that
//! serde's own derive reads. So each type of the wire is declared once, and decodes in the same way on both sides.
//!
//! It knows the attributes that the wire uses: `tag`, `rename`, `rename_all = "snake_case"`, `default`, `other`, `transparent`,
//! `from` and `try_from`; those that only concern encoding are ignored, and any other is a compile error.

mod attributes;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DataEnum, DeriveInput, Error, Fields, FieldsNamed, Result, Variant, parse_macro_input};

use self::attributes::Attributes;

/// Derives `Decode`. See the crate.
#[proc_macro_derive(Decode, attributes(serde))]
pub fn derive_decode(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    implementation(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn implementation(input: &DeriveInput) -> Result<TokenStream> {
    let name = &input.ident;
    let body = body(input)?;
    Ok(quote! {
        #[automatically_derived]
        impl ::confab_shared::decode::Decode for #name {
            fn decode(value: &::confab_shared::decode::Json) -> ::core::option::Option<Self> {
                ::core::option::Option::Some(#body)
            }
        }
    })
}

/// The expression of the decoded value; it may end the function with `?`.
fn body(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = Attributes::of(&input.attrs)?;
    if let Some(from) = attributes.from {
        return Ok(quote!(Self::from(<#from as ::confab_shared::decode::Decode>::decode(value)?)));
    }
    if let Some(from) = attributes.try_from {
        let decoded = quote!(<#from as ::confab_shared::decode::Decode>::decode(value)?);
        return Ok(quote! {
            match <Self as ::core::convert::TryFrom<#from>>::try_from(#decoded) {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(_) => return ::core::option::Option::None,
            }
        });
    }
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => record(&quote!(Self), named),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(quote!(Self(#DECODED))),
            fields => Err(Error::new_spanned(fields, "only named fields, or one that is transparent")),
        },
        Data::Enum(data) => choice(data, &attributes),
        Data::Union(data) => Err(Error::new_spanned(data.union_token, "a union cannot be decoded")),
    }
}

/// The value itself, decoded as the type that is wanted.
struct Decoded;

const DECODED: Decoded = Decoded;

impl quote::ToTokens for Decoded {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(quote!(::confab_shared::decode::Decode::decode(value)?));
    }
}

/// Decodes each field under its own name.
fn record(constructor: &TokenStream, fields: &FieldsNamed) -> Result<TokenStream> {
    let mut decoded = Vec::new();
    for field in &fields.named {
        let attributes = Attributes::of(&field.attrs)?;
        let Some(ident) = &field.ident else { continue };
        let name = attributes.rename.unwrap_or_else(|| ident.to_string());
        let decode = format_ident!("{}", if attributes.default { "field_or_default" } else { "field" });
        decoded.push(quote!(#ident: ::confab_shared::decode::#decode(value, #name)?));
    }
    Ok(quote!(#constructor { #(#decoded),* }))
}

/// Chooses the variant by its name: the value of the tag or, in an enum without content, the value itself.
fn choice(data: &DataEnum, attributes: &Attributes) -> Result<TokenStream> {
    let mut known = Vec::new();
    let mut unknown = quote!(return ::core::option::Option::None);
    for variant in &data.variants {
        let of_variant = Attributes::of(&variant.attrs)?;
        let ident = &variant.ident;
        if of_variant.other {
            unknown = quote!(Self::#ident);
            continue;
        }
        let name = of_variant.rename.unwrap_or_else(|| attributes.cased(&ident.to_string()));
        let content = content(variant)?;
        known.push(quote!(#name => #content));
    }
    let name = match &attributes.tag {
        Some(tag) => quote!(value.get(#tag).text()?),
        None => quote!(value.text()?),
    };
    Ok(quote!(match #name { #(#known,)* _ => #unknown }))
}

fn content(variant: &Variant) -> Result<TokenStream> {
    let ident = &variant.ident;
    match &variant.fields {
        Fields::Unit => Ok(quote!(Self::#ident)),
        Fields::Named(named) => record(&quote!(Self::#ident), named),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(quote!(Self::#ident(#DECODED))),
        fields => Err(Error::new_spanned(fields, "at most one value without a name")),
    }
}
