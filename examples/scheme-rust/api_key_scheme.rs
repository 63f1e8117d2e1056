// SPDX-License-Identifier: Apache-2.0
//
//! A scheme in Rust, against plugin.h alone and without a crate: gateways whose status lists the flow
//! "api_key" take a key in the header X-Api-Key.
//!
//!     rustc --edition 2021 --crate-type cdylib -O -C panic=abort \
//!         -o pintle-api-key-rust.so api_key_scheme.rs
//!     pintle-load-check --manifest pintle-api-key-rust.so > pintle-api-key-rust.json

use std::ffi::{c_char, c_void};
use std::ptr;

// ---- plugin.h, mirrored: the members in the same order, nothing left out ------------------------

const MAGIC: u64 = 0x504c_5445_4c54_4e50;
const ABI_MAJOR: u32 = 1;

const OK: i32 = 0;
const LAYER_CONFIG: i32 = 1;
const LAYER_GATE: i32 = 8;
const LAYER_PLUGIN: i32 = 14;
const ERROR_PERSON: u32 = 2;
const ERROR_SIGN_IN: u32 = 4;

const SIGN_IN: u32 = 1;
const RESOLVE_WS_URL: u32 = 2;
const REFRESH: u32 = 3;
const SIGN_OUT: u32 = 4;
const NEED_INPUT: u32 = 3;
const KEEP_UNTIL_REJECTED: u32 = 3;
const INPUT_SECRET: u32 = 1;
const SCHEME_SENDS_SECRET: u32 = 1;
const SETTING_SECRET: u32 = 1;
const SEEN_NOTHING: u32 = 0;
const SEEN_NEEDS_SIGN_IN: u32 = 2;
const SEEN_RETRY_ONCE: u32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct View {
    data: *const c_char,
    size: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    name: View,
    value: View,
}

#[repr(C)]
pub struct Setting {
    key: View,
    label: View,
    default_value: View,
    flags: u32,
    reserved: u32,
}

#[repr(C)]
pub struct Error {
    struct_size: u32,
    flags: u32,
    http_status: i32,
    reserved: i32,
    retry_after_ms: i64,
    message: [u8; 512],
    hint: [u8; 256],
}

#[repr(C)]
pub struct Opening {
    struct_size: u32,
    reserved: u32,
    probe: *const c_void,
    base_url: View,
    session: View,
    settings: *const Field,
    setting_count: usize,
}

#[repr(C)]
pub struct Request {
    struct_size: u32,
    kind: u32,
    method: View,
    target: View,
    now_ms: i64,
}

#[repr(C)]
pub struct Decoration {
    struct_size: u32,
    reserved: u32,
    valid_until_ms: i64,
    credential: u64,
}

#[repr(C)]
pub struct Response {
    struct_size: u32,
    kind: u32,
    status: i32,
    reserved: i32,
    credential: u64,
    headers: *const Field,
    header_count: usize,
    body: View,
    now_ms: i64,
}

#[repr(C)]
pub struct Sink {
    struct_size: u32,
    reserved: u32,
    context: *mut c_void,
    put: extern "C" fn(*mut c_void, View, View),
}

#[repr(C)]
pub struct Begin {
    struct_size: u32,
    operation: u32,
    flags: u32,
    reserved: u32,
    now_ms: i64,
    random: [u8; 32],
    ws_url: View,
    method: View,
    provider: View,
    given: *const View,
    given_count: usize,
}

#[repr(C)]
pub struct Input {
    key: View,
    label: View,
    flags: u32,
    reserved: u32,
}

#[repr(C)]
pub struct Step {
    struct_size: u32,
    need: u32,
    flags: u32,
    browser_ends_with: u32,
    http_method: View,
    http_url: View,
    http_headers: *const Field,
    http_header_count: usize,
    http_body: View,
    browser_url: View,
    browser_state: View,
    browser_cookies: *const View,
    browser_cookie_count: usize,
    inputs: *const Input,
    input_count: usize,
    message: View,
    wait_ms: i64,
    ws_url: View,
    life: u32,
    reserved: u32,
    keep_until_ms: i64,
}

#[repr(C)]
pub struct Answer {
    struct_size: u32,
    failure: i32,
    error: *const Error,
    now_ms: i64,
    random: [u8; 32],
    http_status: i32,
    reserved: i32,
    http_headers: *const Field,
    http_header_count: usize,
    http_body: View,
    callback_url: View,
    redirect_uri: View,
    fields: *const Field,
    field_count: usize,
    sources: *const View,
    cookie_expires_ms: *const i64,
}

#[repr(C)]
pub struct Rule {
    field: View,
    value: View,
}

#[repr(C)]
pub struct Scheme {
    struct_size: u32,
    flags: u32,
    id: View,
    name: View,
    strength: i32,
    rules_score: i32,
    rules: *const Rule,
    rule_count: usize,
    rules_reason: View,
    matches: *const c_void, // null: the rules decide
    open: unsafe extern "C" fn(*const Opening, *mut *mut Auth, *mut Error) -> i32,
    close: unsafe extern "C" fn(*mut Auth),
    decorate: unsafe extern "C" fn(
        *const Auth,
        *const Request,
        *const Sink,
        *mut Decoration,
        *mut Error,
    ) -> i32,
    observe: unsafe extern "C" fn(*mut Auth, *const Response, *mut u32, *mut Error) -> i32,
    begin: unsafe extern "C" fn(
        *mut Auth,
        *const Begin,
        *mut *mut Operation,
        *mut Step,
        *mut Error,
    ) -> i32,
    resume: unsafe extern "C" fn(*mut Operation, *const Answer, *mut Step, *mut Error) -> i32,
    end: unsafe extern "C" fn(*mut Operation),
    session: unsafe extern "C" fn(*const Auth, *const Sink, *mut Error) -> i32,
    describe: unsafe extern "C" fn(*const Auth, *const Sink, *mut Error) -> i32,
    profiles: *const View,
    profile_count: usize,
    settings: *const Setting,
    setting_count: usize,
}

#[repr(C)]
pub struct PluginTable {
    magic: u64,
    abi_major: u32,
    struct_size: u32,
    name: View,
    version: View,
    schemes: *const *const Scheme,
    scheme_count: usize,
}

// ---- The scheme -------------------------------------------------------------------------------

/// One connection's state.
pub struct Auth {
    key: Vec<u8>,
    version: u64, // tells an answer to an older key from one to this
}

/// What a step points to belongs to the operation.
pub struct Operation {
    auth: *mut Auth,
    waits_for_key: bool,
    ws_url: Vec<u8>,
}

struct Failure(i32, u32, &'static str, &'static str);

const NO_VIEW: View = View { data: ptr::null(), size: 0 };
const SHORT: Failure = Failure(LAYER_PLUGIN, 0, "the host handed in a short struct", "");

const fn view(text: &'static str) -> View {
    View { data: text.as_ptr().cast(), size: text.len() }
}

fn view_of(bytes: &[u8]) -> View {
    View { data: bytes.as_ptr().cast(), size: bytes.len() }
}

/// The bytes behind a view, which live as long as the call that brought it.
unsafe fn bytes<'a>(view: View) -> &'a [u8] {
    if view.size == 0 {
        return &[];
    }
    std::slice::from_raw_parts(view.data.cast(), view.size)
}

/// A host of this major hands in structs of this size or longer ones.
fn is_whole<T>(struct_size: u32) -> Result<(), Failure> {
    if (struct_size as usize) < std::mem::size_of::<T>() { Err(SHORT) } else { Ok(()) }
}

fn put_text(to: &mut [u8], from: &str) {
    let size = from.len().min(to.len() - 1);
    to[..size].copy_from_slice(&from.as_bytes()[..size]);
    to[size] = 0;
}

/// Writes a failure for C: its layer as the code, its text in the caller's struct.
unsafe fn code(result: Result<(), Failure>, error: *mut Error) -> i32 {
    let Failure(layer, flags, message, hint) = match result {
        Ok(()) => return OK,
        Err(failure) => failure,
    };
    if let Some(error) = error.as_mut() {
        if error.struct_size as usize >= std::mem::size_of::<Error>() {
            error.flags = flags;
            error.http_status = 0;
            error.retry_after_ms = 0;
            put_text(&mut error.message, message);
            put_text(&mut error.hint, hint);
        }
    }
    layer
}

fn wipe(bytes: &mut Vec<u8>) {
    for byte in bytes.iter_mut() {
        unsafe { ptr::write_volatile(byte, 0) };
    }
    bytes.clear();
}

impl Drop for Auth {
    fn drop(&mut self) {
        wipe(&mut self.key);
    }
}

impl Auth {
    fn take(&mut self, typed: &[u8]) -> Result<(), Failure> {
        let end = typed.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |i| i + 1);
        let key = &typed[..end];
        if key.is_empty() || !key.iter().all(u8::is_ascii_graphic) {
            return Err(Failure(
                LAYER_CONFIG,
                ERROR_PERSON,
                "the API key is empty or holds what no header can",
                "Put only the key there, on one line.",
            ));
        }
        if key != &self.key[..] {
            wipe(&mut self.key);
            self.key = key.to_vec();
            self.version += 1;
        }
        Ok(())
    }
}

unsafe extern "C" fn open(opening: *const Opening, out: *mut *mut Auth, error: *mut Error) -> i32 {
    let result = is_whole::<Opening>((*opening).struct_size);
    if result.is_ok() {
        *out = Box::into_raw(Box::new(Auth { key: Vec::new(), version: 0 }));
    }
    code(result, error)
}

unsafe extern "C" fn close(auth: *mut Auth) {
    drop(Box::from_raw(auth));
}

unsafe extern "C" fn decorate(
    auth: *const Auth,
    request: *const Request,
    headers: *const Sink,
    out: *mut Decoration,
    error: *mut Error,
) -> i32 {
    let run = || {
        is_whole::<Request>((*request).struct_size)?;
        is_whole::<Sink>((*headers).struct_size)?;
        is_whole::<Decoration>((*out).struct_size)?;
        if (*auth).key.is_empty() {
            return Err(Failure(
                LAYER_GATE,
                ERROR_SIGN_IN | ERROR_PERSON,
                "there is no API key for this gateway",
                "Provide it with --secret-file api_key=FILE.",
            ));
        }
        ((*headers).put)((*headers).context, view("X-Api-Key"), view_of(&(*auth).key));
        (*out).valid_until_ms = 0;
        (*out).credential = (*auth).version;
        Ok(())
    };
    code(run(), error)
}

unsafe fn is_a_page(response: &Response) -> bool {
    (0..response.header_count).any(|i| {
        let field = *response.headers.add(i);
        bytes(field.name).eq_ignore_ascii_case(b"content-type")
            && bytes(field.value).starts_with(b"text/html")
    })
}

unsafe extern "C" fn observe(
    auth: *mut Auth,
    response: *const Response,
    seen: *mut u32,
    error: *mut Error,
) -> i32 {
    let result = is_whole::<Response>((*response).struct_size);
    if result.is_err() {
        return code(result, error);
    }
    *seen = SEEN_NOTHING;
    // Only the gateway's own 401 speaks of the key: a page comes from a proxy in front of it.
    if (*response).status != 401 || is_a_page(&*response) {
        return OK;
    }
    if (*response).credential != (*auth).version {
        *seen = SEEN_RETRY_ONCE;
        return OK;
    }
    *seen = SEEN_NEEDS_SIGN_IN;
    let told = Failure(
        LAYER_GATE,
        ERROR_SIGN_IN | ERROR_PERSON,
        "the gateway refused the API key",
        "Check that the key is this gateway's (--secret-file api_key=FILE).",
    );
    code(Err(told), error);
    if let Some(error) = error.as_mut() {
        error.http_status = 401;
    }
    OK
}

unsafe fn clear(step: *mut Step) {
    let size = (*step).struct_size;
    ptr::write_bytes(step, 0, 1);
    (*step).struct_size = size;
}

/// Constants with pointers in them, which Rust does not hold for shareable by itself.
#[repr(transparent)]
pub struct Shared<T>(T);
unsafe impl<T> Sync for Shared<T> {}

static INPUTS: Shared<[Input; 1]> = Shared([Input {
    key: view("api_key"),
    label: view("API key"),
    flags: INPUT_SECRET,
    reserved: 0,
}]);

unsafe extern "C" fn begin(
    auth: *mut Auth,
    begin: *const Begin,
    out: *mut *mut Operation,
    step: *mut Step,
    error: *mut Error,
) -> i32 {
    let run = || {
        is_whole::<Begin>((*begin).struct_size)?;
        is_whole::<Step>((*step).struct_size)?;
        let mut operation =
            Box::new(Operation { auth, waits_for_key: false, ws_url: Vec::new() });
        clear(step);
        match (*begin).operation {
            SIGN_IN => {
                operation.waits_for_key = true;
                (*step).need = NEED_INPUT;
                (*step).inputs = INPUTS.0.as_ptr();
                (*step).input_count = 1;
                (*step).message = view("This gateway wants an API key.");
            }
            RESOLVE_WS_URL => {
                // The upgrade is decorated like every request: the URL needs no credential.
                operation.ws_url = bytes((*begin).ws_url).to_vec();
                (*step).ws_url = view_of(&operation.ws_url);
                (*step).life = KEEP_UNTIL_REJECTED;
            }
            REFRESH => {}
            SIGN_OUT => {
                wipe(&mut (*auth).key);
                (*auth).version += 1;
                (*step).message = view("The key itself stays valid at the gateway.");
            }
            _ => {
                let message = "the scheme does not know this operation";
                return Err(Failure(LAYER_PLUGIN, 0, message, ""));
            }
        }
        *out = Box::into_raw(operation);
        Ok(())
    };
    code(run(), error)
}

unsafe extern "C" fn resume(
    operation: *mut Operation,
    answer: *const Answer,
    step: *mut Step,
    error: *mut Error,
) -> i32 {
    let failure = (*answer).failure;
    let waited = std::mem::take(&mut (*operation).waits_for_key);
    if waited && failure != OK && !(*answer).error.is_null() && !error.is_null() {
        ptr::copy((*answer).error, error, 1); // the host could not ask: its error is ours
        return failure;
    }
    let run = || {
        is_whole::<Answer>((*answer).struct_size)?;
        is_whole::<Step>((*step).struct_size)?;
        if !waited {
            return Err(Failure(LAYER_PLUGIN, 0, "the operation has ended", ""));
        }
        if failure != OK {
            return Err(Failure(failure, 0, "the key was not given", ""));
        }
        clear(step); // PINTLE_NEED_DONE
        let typed = if (*answer).field_count > 0 { (*(*answer).fields).value } else { NO_VIEW };
        (*(*operation).auth).take(bytes(typed))
    };
    code(run(), error)
}

unsafe extern "C" fn end(operation: *mut Operation) {
    drop(Box::from_raw(operation));
}

/// The key is read anew each time from where it lies, so there is no session to keep.
unsafe extern "C" fn session(_: *const Auth, _: *const Sink, _: *mut Error) -> i32 {
    OK
}

unsafe extern "C" fn describe(auth: *const Auth, facts: *const Sink, _: *mut Error) -> i32 {
    if !(*auth).key.is_empty() {
        ((*facts).put)((*facts).context, view("credential"), view("API key"));
    }
    OK
}

static RULES: Shared<[Rule; 1]> =
    Shared([Rule { field: view("auth_flows"), value: view("\"api_key\"") }]);

static SETTINGS: Shared<[Setting; 1]> = Shared([Setting {
    key: view("api_key"),
    label: view("API key"),
    default_value: NO_VIEW,
    flags: SETTING_SECRET,
    reserved: 0,
}]);

static SCHEME: Shared<Scheme> = Shared(Scheme {
    struct_size: std::mem::size_of::<Scheme>() as u32,
    flags: SCHEME_SENDS_SECRET,
    id: view("api-key"),
    name: view("API key"),
    strength: 40,
    rules_score: 90,
    rules: &RULES.0 as *const [Rule; 1] as *const Rule,
    rule_count: 1,
    rules_reason: view("the gateway takes an API key"),
    matches: ptr::null(),
    open,
    close,
    decorate,
    observe,
    begin,
    resume,
    end,
    session,
    describe,
    profiles: ptr::null(), // those of "hermes"
    profile_count: 0,
    settings: &SETTINGS.0 as *const [Setting; 1] as *const Setting,
    setting_count: 1,
});

static SCHEMES: Shared<[*const Scheme; 1]> = Shared([&SCHEME.0]);

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static pintle_plugin: Shared<PluginTable> = Shared(PluginTable {
    magic: MAGIC,
    abi_major: ABI_MAJOR,
    struct_size: std::mem::size_of::<PluginTable>() as u32,
    name: view("pintle-api-key-rust"),
    version: view("1.0.0"),
    schemes: &SCHEMES.0 as *const [*const Scheme; 1] as *const *const Scheme,
    scheme_count: 1,
});
