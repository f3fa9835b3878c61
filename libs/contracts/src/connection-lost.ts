/** PostgreSQL's classes 08 (connection exception) and 57P0x (the server shuts down), and the system's own codes. */
const codes =
  /^(?:08\w{3}|57P0\d|ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** What clients of PostgreSQL and Redis say, without a code, of a connection that ended or did not come about. */
const messages =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable|Connection is closed|Reached the max retries per request limit|Cluster isn't ready|Failed to refresh slots cache|None of startup nodes is available|All sentinels are unreachable)/

/** Whether what was thrown says that a store is away. */
export const isConnectionLost = (error: unknown): boolean => {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && codes.test(code)) return true
  return typeof message === 'string' && messages.test(message)
}
