// SPDX-License-Identifier: Apache-2.0
import { EventEmitter } from "node:events";

/** The version of the library. */
export const version: string;
/** A connection of the standard host. A text with "://" is a URL, another one the name of a saved connection. */
export function open(gateway: string | ConnectionOptions): Connection;
/** A live connection of the standard host. */
export function connect(gateway: string | ConnectionOptions, options?: LiveOptions): Live;

export interface Cancel {
  /** Aborted: the promise is rejected with a PintleError that is `cancelled` (its name is AbortError). */
  signal?: AbortSignal;
}

/** Where a secret is read at each use. It is never written anywhere. */
export type Secret =
  | { file: string }
  | { command: string }
  | { env: string }
  | { callback: (key: string, context: { signal: AbortSignal }) => SecretAnswer | Promise<SecretAnswer> }
  | { secret: string };
/** Nothing: it is declined. */
export type SecretAnswer = string | Uint8Array | undefined | null;

export interface SessionKey {
  /** The name of the connection; empty for one without. */
  connection: string;
  url: string;
  scheme: string;
}
/** Where sessions are stored. They are as secret as a password. */
export interface SessionStore {
  load(key: SessionKey): Promise<SecretAnswer> | SecretAnswer;
  /** It is durable when this has resolved. */
  save(key: SessionKey, session: Buffer): Promise<void> | void;
  erase(key: SessionKey): Promise<void> | void;
}

export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";
/** Has no secret. docs/embed.md lists the events and their fields. */
export interface LogRecord {
  level: LogLevel;
  area: string;
  event: string;
  connection: string;
  timeMs: number;
  fields: Record<string, string | number | boolean>;
}

export interface HostOptions {
  sessions?: "files" | "memory" | { folder: string } | SessionStore;
  /** Only the schemes in the library: no plugin folder is read. */
  bundledOnly?: boolean;
  pluginFolders?: string[];
  loadCheckProgram?: string;
  allowedSchemes?: string[];
  /** By scheme: "sha256:" and 64 hex digits. */
  pins?: Record<string, string>;
  trustedLibraries?: string[];
  cage?: "third-party" | "always" | "never";
  proxyEnvironment?: boolean;
  generateTraceparent?: boolean;
  log?: { level: LogLevel; hook: (record: LogRecord) => void };
}

export class Host {
  constructor(options?: HostOptions);
  /** Sends nothing. */
  connection(gateway: string | ConnectionOptions): Connection;
  doctor(gateway: string | ConnectionOptions, options?: Cancel): Promise<Diagnosis>;
  /** Its connections stay open. */
  close(): void;
}

export interface ConnectionOptions {
  url?: string;
  /** Of a saved connection (pintle add), whose settings the other members override. */
  name?: string;
  scheme?: string;
  inputs?: Record<string, Secret>;
  settings?: Record<string, string>;
  headersFile?: string;
  caFile?: string;
  proxy?: string;
  proxyAuthFile?: string;
  useProxy?: boolean;
  allowPlainHttp?: boolean;
  allowedOrigins?: string[];
  sessionStore?: string;
  storeInputs?: Record<string, Secret>;
  storeSettings?: Record<string, string>;
  requestMs?: number;
  connectMs?: number;
  helpers?: Record<string, string>;
  clientCertificate?: string;
  clientKey?: string;
  clientPassphrase?: Secret;
  front?: string;
  frontInputs?: Record<string, Secret>;
  frontSettings?: Record<string, string>;
}

export interface Probe {
  url: string;
  version: string;
  releaseDate: string;
  installId: string;
  authRequired: boolean;
  authFlows: string[];
  providers: { name: string; displayName: string; supportsPassword: boolean }[];
  [more: string]: unknown;
}
export interface Facts {
  user?: string;
  provider?: string;
  expiresMs?: number;
  credential?: string;
  source?: string;
  why?: string;
  [more: string]: unknown;
}
export interface Choice {
  scheme: string;
  library?: string;
  schemes: { scheme: string; score: number; verdict: string; why: string; library?: string }[];
  [more: string]: unknown;
}
export interface Status {
  name?: string;
  url: string;
  gateway: string;
  scheme: string;
  credential: boolean;
  checked?: boolean;
  facts?: Facts;
  keptIn?: string;
  [more: string]: unknown;
}
export interface SignedIn {
  url: string;
  scheme: string;
  signedIn: boolean;
  checked: boolean;
  facts?: Facts;
  keptIn?: string;
  storeTrouble?: string;
  storeNote?: string;
  [more: string]: unknown;
}
export interface SignedOut {
  signedOut: string;
  /** What stays valid at the gateway, for the user. */
  staysValid?: string;
  [more: string]: unknown;
}

export interface SignInOptions extends Cancel {
  /** "password", "browser", "paste", "window", or another one of the scheme. */
  method?: string;
  provider?: string;
  /** Answers that are not secret. */
  given?: Record<string, string>;
  userTimeoutMs?: number;
  frontOnly?: boolean;
}
/** The app's side of a sign-in. A function that is missing declines; without openBrowser the system's
    browser is opened. `signal`: the answer is not wanted any more. */
export interface SignInUi {
  showMessage?(text: string): void | Promise<void>;
  ask?(question: { key: string; label: string; secret: boolean; front: boolean },
    context: { signal: AbortSignal }): SecretAnswer | Promise<SecretAnswer>;
  readPasted?(why: string, context: { signal: AbortSignal }): SecretAnswer | Promise<SecretAnswer>;
  /** Resolves to false if no browser was started. */
  openBrowser?(url: string): boolean | void | Promise<boolean | void>;
}

export interface CallOptions extends Cancel {
  /** GET, or POST with `json`. */
  method?: string;
  /** Path and query below the gateway's prefix. */
  target: string;
  headers?: Record<string, string> | [string, string][];
  body?: string | Uint8Array | ArrayBuffer;
  json?: unknown;
}
export interface Response {
  status: number;
  ok: boolean;
  /** Names in lower case; several values are one, separated by ", ". */
  headers: { "set-cookie"?: string[] } & { [name: string]: string | string[] | undefined };
  body: Buffer;
  text(): string;
  json(): any;
}
export interface WsUrl {
  /** Secret. */
  readonly url: string;
  readonly singleUse: boolean;
}

export interface Counters {
  dials: number;
  dialsFailed: number;
  ticketsMinted: number;
  refreshes: number;
  refreshesFailed: number;
  connects: number;
  bytesSent: number;
  bytesReceived: number;
  sendQueuePeakBytes: number;
  receiveQueuePeakBytes: number;
  responses2xx: number;
  responses3xx: number;
  responses4xx: number;
  responses5xx: number;
  /** By layer, in the order of the C API. */
  requestErrors: number[];
  /** By cause: closed, broken, silent, protocol, credential, host guard. */
  losses: number[];
}
export interface Diagnosis {
  ok: boolean;
  /** The id of the first failed step. */
  failed?: string;
  steps: {
    id: string; title: string; verdict: "ok" | "warning" | "failed" | "skipped"; finding: string;
    blockedBy?: string; durationMs: number; facts: Record<string, string>; failure?: PintleError;
  }[];
  /** Markdown for a public issue, without names and secrets. */
  report: string;
}

export class Connection {
  private constructor();
  probe(options?: Cancel): Promise<Probe>;
  choose(options?: Cancel): Promise<Choice>;
  status(options?: Cancel): Promise<Status>;
  signIn(ui?: SignInUi | null, options?: SignInOptions): Promise<SignedIn>;
  signOut(options?: Cancel): Promise<SignedOut>;
  call(request: string | CallOptions): Promise<Response>;
  wsUrl(options?: Cancel & { path?: string }): Promise<WsUrl>;
  live(options?: LiveOptions): Live;
  counters(): Counters;
  doctor(options?: Cancel): Promise<Diagnosis>;
  /** What is in progress and live connections go on. */
  close(): void;
}

export interface LiveOptions {
  content?: "json-rpc" | "messages" | "pieces" | "profile";
  reconnect?: boolean;
  deflate?: boolean;
  /** Sends session.resume for each session when it is ready again. */
  resume?: boolean;
  path?: string;
  query?: Record<string, string>;
  origin?: string;
  maxMessageBytes?: number;
  maxSendQueueBytes?: number;
  maxReceiveQueueBytes?: number;
  readyTimeoutMs?: number;
  pingAfterIdleMs?: number;
  /** -1: never. */
  heartbeatMs?: number;
  initialBackoffMs?: number;
  maxBackoffMs?: number;
  backoffResetAfterMs?: number;
  traceparent?: string;
  /** How many events an iterator holds before reading pauses (1024). */
  maxQueuedEvents?: number;
}
export type StateName =
  | "idle" | "probing" | "dialling" | "ready" | "waiting" | "needs-sign-in" | "failed" | "closed";
export interface LiveState {
  name: StateName;
  /** Counts the dials. */
  generation: number;
  waitMs?: number;
  closeCode?: number;
  reason?: string;
  reused?: boolean;
  error?: PintleError;
  greeting?: any;
}
export class LiveEvent {
  private constructor();
  readonly kind: "event";
  readonly type: string;
  readonly sessionId?: string;
  readonly seq?: number;
  readonly json: string;
  /** Parsed when it is asked for. */
  readonly payload: any;
}
export interface Notification { kind: "notification"; method: string; params: any; json: string }
export interface Message { kind: "message"; isText: boolean; data: string | Buffer; isFirst?: boolean; isLast?: boolean }
export interface Malformed { kind: "malformed"; text: string }
export interface GatewayRequest {
  method: string;
  params: any;
  json: string;
  answer(result: unknown): void;
  refuse(code: number, message: string): void;
}
export type Received = LiveEvent | Notification | Message | Malformed;
export interface RpcOptions extends Cancel { timeoutMs?: number; idempotent?: boolean }

export interface LiveEvents {
  state: [LiveState];
  ready: [LiveState];
  closed: [LiveState];
  event: [LiveEvent];
  notification: [Notification];
  message: [Message];
  malformed: [Malformed];
  /** Without a listener it is refused. */
  request: [GatewayRequest];
}
export class Live extends EventEmitter implements AsyncIterable<Received> {
  private constructor();
  readonly connection: Connection;
  readonly state: StateName;
  readonly lastState: LiveState;
  readonly unsentBytes: number;
  /** Rejected with an RpcError for an error response, else with a PintleError. */
  rpc<Result = any>(method: string, params?: object, options?: RpcOptions): Promise<Result>;
  send(message: string | Uint8Array): void;
  ready(options?: Cancel & { timeoutMs?: number }): Promise<void>;
  /** What is received from now on. It fails if the connection needs a sign-in or has failed, unless
      throwOnLatch is false. */
  events(options?: { throwOnLatch?: boolean }): AsyncIterableIterator<Received>;
  [Symbol.asyncIterator](): AsyncIterableIterator<Received>;
  retryNow(): void;
  close(code?: number, reason?: string): Promise<void>;
  destroy(): void;
  ref(): this;
  unref(): this;
  [Symbol.asyncDispose](): Promise<void>;
  on<Name extends keyof LiveEvents>(name: Name, listener: (...values: LiveEvents[Name]) => void): this;
  once<Name extends keyof LiveEvents>(name: Name, listener: (...values: LiveEvents[Name]) => void): this;
  off<Name extends keyof LiveEvents>(name: Name, listener: (...values: LiveEvents[Name]) => void): this;
}

export type Layer =
  | "config" | "dns" | "tcp" | "proxy" | "tls" | "access-proxy" | "host-guard" | "gate" | "provider" | "session"
  | "ticket" | "websocket" | "protocol" | "plugin" | "store" | "rate-limit";
export class PintleError extends Error {
  private constructor();
  readonly layer: Layer;
  /** "PINTLE_TLS"; ABORT_ERR if cancelled. */
  readonly code: string;
  readonly hint: string;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
  readonly retry: boolean;
  readonly userAction: boolean;
  readonly signInRequired: boolean;
  readonly cancelled: boolean;
  /** The request was sent and no response received: it may have been executed. */
  readonly outcomeUnknown: boolean;
  toJSON(): object;
}
export class RpcError extends Error {
  private constructor();
  readonly code: number;
  readonly rpcMessage: string;
  readonly data: any;
}
