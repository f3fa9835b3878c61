import type { Cluster } from './cluster.ts'

/** How many jobs the workers alive have done, by stage, as their metrics tell. */
export const jobsDone = async ({ workers }: Cluster): Promise<Map<string, number>> => {
  const done = new Map<string, number>()
  for (const worker of workers) {
    const url = worker.url()
    if (url === null || worker.service === 'gateway') continue
    const text = await (await fetch(`${url}/metrics`)).text()
    for (const line of text.split('\n')) {
      if (!line.startsWith('soundalike_jobs_total{') || !line.includes('outcome="done"')) continue
      const stage = /stage="([a-z]+)"/.exec(line)?.[1]
      if (stage === undefined || stage === 'scrape' || stage === 'train') continue
      done.set(stage, (done.get(stage) ?? 0) + Number(line.split(' ').at(-1)))
    }
  }
  return done
}
