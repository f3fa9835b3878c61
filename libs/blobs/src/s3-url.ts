import { isKey } from './blob-key.ts'

/** Where a bucket is and how to speak to its server. */
export interface S3Location {
  readonly bucket: string
  /** Before every key in the bucket; empty, or ends in `/`. */
  readonly prefix: string
  /** Another server than Amazon's, e.g. `http://minio:9000`. */
  readonly endpoint: string | undefined
  readonly region: string | undefined
  /** Whether the bucket goes into the path of a request; else it goes into the name of the host. */
  readonly pathStyle: boolean
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const parameters = ['endpoint', 'region', 'pathStyle']

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&pathStyle=true`.
 *
 * @throws TypeError that says what is wrong, without the URL, in case somebody put a password there
 */
export const readS3Url = (url: URL): S3Location => {
  const prefix = url.pathname.replaceAll(/^\/+|\/+$/g, '')
  const endpoint = url.searchParams.get('endpoint') ?? undefined
  const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name))
  if (url.username !== '' || url.password !== '')
    throw wrong('credentials come from AWS_ACCESS_KEY_ID and its like, never from the URL')
  if (!bucketName.test(url.host)) throw wrong('what follows s3:// is not the name of a bucket')
  if (prefix !== '' && !isKey(prefix)) throw wrong('the prefix is not a blob key')
  if (unknown !== undefined) throw wrong(`there is no parameter ${JSON.stringify(unknown)}`)
  if (endpoint !== undefined && !/^https?:\/\/[^/@]+\/?$/.test(endpoint))
    throw wrong('endpoint is not http(s)://host:port')
  return {
    bucket: url.host,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint,
    region: url.searchParams.get('region') ?? undefined,
    pathStyle: url.searchParams.get('pathStyle') === 'true',
  }
}

const wrong = (what: string): TypeError => new TypeError(`wrong URL of an S3 blob store: ${what}`)
