// Made by `cmdbus gen typescript`. Do not edit: make it anew.
/* eslint-disable */

export type NotesAppendRequest = Note;

/** A note */
export type Note = {
  /**
   * A whole number.
   * At least 1.
   */
  id: number;
  /**
   * What is written on it
   *
   * Characters: at least 1.
   */
  text: string;
  labels?: string[];
  priority?: Priority | null;
  replies?: Note[];
};

export type Priority = "low" | "high";

/**
 * A whole number.
 * At least 0.
 */
export type NotesAppendResponse = number;

export type NotesReadRequest = {
  /** A whole number. */
  id: number;
};

export type NotesReadResponse = Note | null;

export type NotesWatchItem = Note;

/** The commands, by id. */
export interface Commands {
  /**
   * Appends a note.
   *
   * Returns how many there are.
   */
  "my-api.notes.append": { request: NotesAppendRequest; response: NotesAppendResponse; item: never };
  /** Throws all notes away */
  "my-api.notes.clear": { request: undefined; response: void; item: never };
  /** Nobody knows */
  "my-api.notes.magic": { request: unknown; response: unknown; item: never };
  "my-api.notes.read": { request: NotesReadRequest; response: NotesReadResponse; item: never };
  /** Every note as it is written */
  "my-api.notes.watch": { request: undefined; response: void; item: NotesWatchItem };
}

/** What a call gives: of a command that streams, all items together, and what ended them. */
export type Answer<Id extends keyof Commands> = [Commands[Id]["item"]] extends [never]
  ? Commands[Id]["response"]
  : { items: Commands[Id]["item"][]; result?: Commands[Id]["response"] };

/** What a call can fail with: the codes of the protocol. */
export type ErrorCode =
  | "not_found"
  | "invalid_request"
  | "internal_error"
  | "timeout"
  | "channel_disconnected";

/** A call that failed. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly code: ErrorCode;
  /** The command that was called. */
  readonly commandId: string;
  /** Status of the HTTP answer, if that is what told. */
  readonly status: number | undefined;

  constructor(code: ErrorCode, message: string, commandId: string, status?: number) {
    super(message);
    this.code = code;
    this.commandId = commandId;
    this.status = status;
  }
}

/** How far a call is. */
export interface Progress {
  progress: number;
  total?: number | undefined;
  message?: string | undefined;
}

/** What one call may be given. */
export interface CallOptions {
  /** Ends the wait and cancels the call; it then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long the call may take, in milliseconds; 0 for as long as the bus allows. It travels with the call. */
  timeoutMs?: number | undefined;
  /** Is told how far the call is, if the command says. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** How a client reaches the bus. */
export interface ClientOptions {
  /** Base address of the bus, such as `http://127.0.0.1:7420`. */
  url: string;
  /** Bearer token, or what returns it. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Limit of calls that have none of their own, in milliseconds; 0 for none. Default: 30 000. */
  timeoutMs?: number | undefined;
  /** Further headers of every request. */
  headers?: Record<string, string> | undefined;
  /** What to send requests with. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** Calls commands by any id. */
export class BaseClient {
  readonly #url: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#url = options.url.replace(/\/+$/, "");
    this.#options = options;
  }

  /**
   * Calls a command that need not be known to this file. A request of `undefined` is none.
   * Of a command that streams, the result is `{ items, result }`.
   */
  async callAny(id: string, request?: unknown, options: CallOptions = {}): Promise<unknown> {
    const limit = options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_LIMIT;
    const isLong = limit <= 0 || limit > LONGEST_SILENCE;
    if (options.onProgress === undefined && !isLong) {
      return await this.#call(id, request, options);
    }
    const frames = this.#frames(id, request, options, false);
    const items: unknown[] = [];
    for (;;) {
      const { done, value } = await frames.next();
      if (done !== true) {
        items.push(value);
        continue;
      }
      if (items.length === 0 && (!this.streams(id) || isCollected(value))) return value;
      return value === undefined || value === null ? { items } : { items, result: value };
    }
  }

  /** Returns whether a command is known to stream. */
  protected streams(_id: string): boolean {
    return false;
  }

  /** Calls a command that returns its result item by item. What ends the stream is what the generator returns. */
  streamAny(
    id: string,
    request?: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<unknown, unknown, undefined> {
    return this.#frames(id, request, options, true);
  }

  async #call(id: string, request: unknown, options: CallOptions): Promise<unknown> {
    const limit = new Limit(id, options, this.#options.timeoutMs);
    const message: Record<string, unknown> = { type: "execute.command.request", id: messageId() };
    if (limit.given) message["_meta"] = { "cmdbus-timeout-ms": limit.asked };
    message["commandId"] = id;
    if (request !== undefined && request !== null) message["request"] = request;
    try {
      const answer = await this.#post("/cmd", JSON.stringify(message), {}, limit);
      if (!answer.ok) throw await failure(id, answer);
      for await (const line of lines(answer)) {
        return result(id, message["id"], parsed(id, line));
      }
      throw new CommandError("channel_disconnected", "the answer is empty", id, answer.status);
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  async *#frames(
    id: string,
    request: unknown,
    options: CallOptions,
    streams: boolean,
  ): AsyncGenerator<unknown, unknown, undefined> {
    const limit = new Limit(id, options, this.#options.timeoutMs);
    const prefer: Record<string, string> = {};
    if (limit.given) prefer["prefer"] = `wait=${Math.ceil(limit.asked / 1000)}`;
    const body = request === undefined || request === null ? "" : JSON.stringify(request);
    try {
      const answer = await this.#post(`/call/${encodeURIComponent(id)}`, body, prefer, limit);
      if (!answer.ok) throw await failure(id, answer);
      const type = answer.headers.get("content-type") ?? "";
      if (!type.startsWith("application/x-ndjson")) {
        // A bus that sends no frames has waited for the end, and tells it all.
        const text = await answer.text();
        const whole = text === "" ? undefined : parsed(id, text);
        if (!streams || !isCollected(whole)) return whole;
        yield* whole.items;
        return whole.result;
      }
      let came = false;
      for await (const line of lines(answer)) {
        const frame = parsed(id, line);
        if (!isObject(frame)) continue;
        if ("item" in frame) {
          came = true;
          yield frame["item"];
        } else if (isObject(frame["progress"])) {
          options.onProgress?.(progress(frame["progress"]));
        } else if ("result" in frame) {
          const { result } = frame;
          // Not every bus on the way streams: then all items come with the end.
          if (!streams || came || !isCollected(result)) return result;
          yield* result.items;
          return result.result;
        } else if ("error" in frame) {
          throw refused(id, frame["error"]);
        }
      }
      throw new CommandError("channel_disconnected", "the answer ended too early", id, answer.status);
    } catch (error) {
      throw limit.explain(error);
    } finally {
      limit.end();
    }
  }

  async #post(
    path: string,
    body: string,
    headers: Record<string, string>,
    limit: Limit,
  ): Promise<Response> {
    const all: Record<string, string> = {
      accept: "application/x-ndjson",
      ...this.#options.headers,
      ...headers,
    };
    if (body !== "") all["content-type"] = "application/json";
    const { token } = this.#options;
    const given = typeof token === "function" ? await token() : token;
    if (given !== undefined) all["authorization"] = `Bearer ${given}`;
    const send = this.#options.fetch ?? globalThis.fetch;
    return await send(this.#url + path, { method: "POST", headers: all, body, signal: limit.signal });
  }
}

/** Limit of calls that have none, in milliseconds. */
const DEFAULT_LIMIT = 30_000;

/**
 * How long an answer may be awaited that says nothing until its end, in milliseconds. Node gives up after five minutes; an answer in
 * pieces says every few seconds that it is still there.
 */
const LONGEST_SILENCE = 240_000;

/** The time a call has, and the wish to end it. */
class Limit {
  readonly ms: number;
  /** Whether the caller of this call said so. */
  readonly given: boolean;
  readonly #id: string;
  readonly #controller = new AbortController();
  readonly #user: AbortSignal | undefined;
  readonly #abort = (): void => this.#controller.abort(this.#user?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #late = false;

  constructor(id: string, options: CallOptions, general: number | undefined) {
    this.#id = id;
    this.given = options.timeoutMs !== undefined;
    this.ms = options.timeoutMs ?? general ?? DEFAULT_LIMIT;
    this.#user = options.signal;
    if (this.#user?.aborted === true) this.#abort();
    this.#user?.addEventListener("abort", this.#abort, { once: true });
    // A timer takes 31 bits; more is as good as no limit.
    if (this.ms > 0 && this.ms < 2 ** 31) {
      this.#timer = setTimeout(() => {
        this.#late = true;
        this.#controller.abort();
      }, this.ms);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the bus is told: it takes whole milliseconds, and at most a day. */
  get asked(): number {
    return this.ms > 0 ? Math.min(Math.ceil(this.ms), 86_400_000) : 86_400_000;
  }

  /** Says what an error of the transport means. */
  explain(error: unknown): unknown {
    if (error instanceof CommandError) return error;
    if (this.#user?.aborted === true) return this.#user.reason;
    if (this.#late) {
      return new CommandError("timeout", `no answer within ${this.ms} ms`, this.#id);
    }
    // Anything else that an application threw, in `onProgress` or `token`, is its own.
    if (!(error instanceof TypeError)) return error;
    const { cause } = error as { cause?: unknown };
    const why = cause instanceof Error && cause.message !== "" ? cause.message : error.message;
    return new CommandError("channel_disconnected", `cannot reach the bus: ${why}`, this.#id);
  }

  /** Frees what the call held, and cancels it if it still runs. */
  end(): void {
    clearTimeout(this.#timer);
    this.#user?.removeEventListener("abort", this.#abort);
    this.#controller.abort();
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns whether a result is that of a stream of which nobody took the items one by one. */
function isCollected(value: unknown): value is { items: unknown[]; result?: unknown } {
  return (
    isObject(value) &&
    Array.isArray(value["items"]) &&
    Object.keys(value).every((key) => key === "items" || key === "result")
  );
}

/** A UUID; `crypto.randomUUID` is missing in pages that came without TLS. */
function messageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    if (index === 6) return 64 | (byte & 15);
    return index === 8 ? 128 | (byte & 63) : byte;
  })
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

async function* lines(answer: Response): AsyncGenerator<string, void, undefined> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return;
  const decoder = new TextDecoder();
  let parts: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      let text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = parts.join("") + text.slice(0, end);
        text = text.slice(end + 1);
        parts = [];
        if (line.trim() !== "") yield line;
      }
      parts.push(text);
      if (done) break;
    }
    const last = parts.join("");
    if (last.trim() !== "") yield last;
  } finally {
    // Whoever stops reading wants no more of it.
    reader.cancel().catch(() => undefined);
  }
}

function parsed(id: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError("internal_error", "the answer is not JSON", id);
  }
}

/** Reads the response to a request; no other message may come in its place. */
function result(id: string, thid: unknown, message: unknown): unknown {
  if (
    !isObject(message) ||
    message["type"] !== "execute.command.response" ||
    message["thid"] !== thid ||
    !isObject(message["response"])
  ) {
    throw new CommandError("internal_error", "the answer is to something else", id);
  }
  const { response } = message as { response: Record<string, unknown> };
  if (response["ok"] === true) return response["result"];
  throw refused(id, response["error"]);
}

function refused(id: string, error: unknown): CommandError {
  const code = isObject(error) ? error["code"] : undefined;
  // What ends a stream is a problem document.
  const message = isObject(error) ? (error["message"] ?? error["detail"]) : undefined;
  const text = typeof message === "string" ? message : "the call failed";
  if (isCode(code)) return new CommandError(code, text, id);
  return new CommandError("internal_error", `${text} (${String(code)})`, id);
}

function isCode(code: unknown): code is ErrorCode {
  return (
    code === "not_found" ||
    code === "invalid_request" ||
    code === "internal_error" ||
    code === "timeout" ||
    code === "channel_disconnected"
  );
}

function progress(frame: Record<string, unknown>): Progress {
  const { progress, total, message } = frame;
  return {
    progress: typeof progress === "number" ? progress : 0,
    total: typeof total === "number" ? total : undefined,
    message: typeof message === "string" ? message : undefined,
  };
}

/** What an answer with an HTTP error means. */
async function failure(id: string, answer: Response): Promise<CommandError> {
  const codes: Record<number, ErrorCode> = {
    400: "invalid_request",
    404: "not_found",
    422: "invalid_request",
    502: "channel_disconnected",
    504: "timeout",
  };
  let text = `the bus answered with HTTP status ${answer.status}`;
  let code = codes[answer.status] ?? "internal_error";
  if (answer.status === 401) text += ": no token was given, or one that is not valid";
  if (answer.status === 403) text += ": this token may not do that";
  const body = await answer.text().catch(() => "");
  try {
    const problem: unknown = JSON.parse(body);
    if (isObject(problem)) {
      if (isCode(problem["code"])) code = problem["code"];
      const detail = problem["detail"] ?? problem["title"] ?? problem["error"];
      if (typeof detail === "string") text = detail;
    }
  } catch {
    // No problem document; the status says enough.
  }
  return new CommandError(code, text, id, answer.status);
}

/** A method for every command. */
export class MyApiClient extends BaseClient {
  /** Calls a command by its id. */
  async call<Id extends keyof Commands>(
    id: Id,
    request: Commands[Id]["request"],
    options?: CallOptions,
  ): Promise<Answer<Id>> {
    return (await this.callAny(id, request, options)) as Answer<Id>;
  }

  /** Calls a command by its id, and gives its result item by item. */
  stream<Id extends keyof Commands>(
    id: Id,
    request: Commands[Id]["request"],
    options?: CallOptions,
  ): AsyncGenerator<Commands[Id]["item"], Commands[Id]["response"], undefined> {
    return this.streamAny(id, request, options) as AsyncGenerator<
      Commands[Id]["item"],
      Commands[Id]["response"],
      undefined
    >;
  }

  protected override streams(id: string): boolean {
    return [
      "my-api.notes.watch",
    ].includes(id);
  }

  /**
   * Appends a note.
   *
   * Returns how many there are.
   */
  myApiNotesAppend(request: NotesAppendRequest, options?: CallOptions): Promise<NotesAppendResponse> {
    return this.call("my-api.notes.append", request, options);
  }

  /** Throws all notes away */
  myApiNotesClear(options?: CallOptions): Promise<void> {
    return this.call("my-api.notes.clear", undefined, options);
  }

  /** Nobody knows */
  myApiNotesMagic(request?: unknown, options?: CallOptions): Promise<unknown> {
    return this.call("my-api.notes.magic", request, options);
  }

  myApiNotesRead(request: NotesReadRequest, options?: CallOptions): Promise<NotesReadResponse> {
    return this.call("my-api.notes.read", request, options);
  }

  /** Every note as it is written */
  myApiNotesWatch(options?: CallOptions): AsyncGenerator<NotesWatchItem, void, undefined> {
    return this.stream("my-api.notes.watch", undefined, options);
  }
}
