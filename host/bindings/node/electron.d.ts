// SPDX-License-Identifier: Apache-2.0
import type { Connection, Probe, SignedOut } from "pintle";

/** A Connection, several by name, or a function that finds one. */
export type Gateways =
  | Connection
  | Record<string, Connection>
  | ((name?: string) => Connection | null | undefined | Promise<Connection | null | undefined>);

export interface MainOptions {
  /** Lets a page choose the gateway: opens one for the URL, or returns nothing. */
  openGateway?: (url: string) => Connection | null | undefined | Promise<Connection | null | undefined>;
  /** shell.openExternal. Without it no browser is opened. */
  openBrowser?: (url: string) => boolean | void | Promise<boolean | void>;
  /** Which requests a page may send; all. */
  allowCall?: (request: { method: string; target: string }) => boolean | Promise<boolean>;
  /** Gives a page the WebSocket URL of a gateway whose token lasts, too. */
  allowLastingUrl?: boolean;
}
export interface GatewayName { gateway?: string }
export interface PageResponse { status: number; ok: boolean; headers: Record<string, string>; body: Uint8Array }

/** Who is signed in, without what may be secret. */
export interface Identity {
  name?: string;
  url: string;
  gateway?: string;
  scheme: string;
  credential?: boolean;
  signedIn?: boolean;
  checked?: boolean;
  storeTrouble?: string;
  facts: { user?: string; provider?: string; expiresMs?: number; why?: string };
}

export interface MainFunctions {
  probe(given?: GatewayName & { url?: string }): Promise<Probe>;
  signIn(given?: GatewayName & { method?: string; provider?: string; answers?: Record<string, string> }):
    Promise<Identity & { messages: string[] }>;
  signOut(given?: GatewayName): Promise<SignedOut>;
  state(given?: GatewayName): Promise<Identity>;
  wsUrl(given?: GatewayName): Promise<{ url: string; singleUse: boolean }>;
  call(given: GatewayName & {
    target: string; method?: string; headers?: Record<string, string>; body?: string | Uint8Array;
  }): Promise<PageResponse>;
}
export function mainFunctions(gateways: Gateways, options?: MainOptions): MainFunctions;

/** What is used of Electron's ipcMain. */
export interface IpcMain {
  handle(channel: string, listener: (event: any, ...values: any[]) => any): void;
  removeHandler(channel: string): void;
}
export function installIpc(ipcMain: IpcMain, gateways: Gateways,
  options: MainOptions & { isTrustedSender: (event: any) => boolean }): () => void;
export function trustedPages(...urls: string[]): (event: any) => boolean;
export const channels: Readonly<Record<keyof MainFunctions, string>>;
