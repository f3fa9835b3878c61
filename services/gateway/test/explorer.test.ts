import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { trackId } from '@soundalike/contracts'
import { skipLoudly } from '@soundalike/testkit'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { startTestGateway, type TestGateway } from './gateway.ts'

const browserPath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync)
const explorerRoot = fileURLToPath(new URL('../../explorer', import.meta.url))

/** The page, built from its source as it is now and driven in a real browser. */
const suite = (executablePath: string): void => {
  let outDir: string
  let gateway: TestGateway
  let browser: Browser
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    outDir = await mkdtemp(join(tmpdir(), 'soundalike-explorer-'))
    await promisify(execFile)('npm', ['run', 'build', '--', '--outDir', outDir, '--emptyOutDir'], {
      cwd: explorerRoot,
    })
    gateway = await startTestGateway({ EXPLORER_DIR: outDir })
    browser = await chromium.launch({
      executablePath,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
  })
  afterAll(async () => {
    await browser.close()
    await gateway.close()
    await rm(outDir, { recursive: true, force: true })
  })

  /** A fresh page on a path; whatever its console or the network complains of is kept. */
  const open = async (path: string): Promise<void> => {
    complaints = []
    page = await browser.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(gateway.service.url()))
        complaints.push(`asked ${request.url()}`)
    })
    await page.goto(gateway.service.url() + path)
  }
  const isPlaying = (): Promise<boolean> =>
    page.locator('audio').evaluate((audio: { paused?: boolean }) => audio.paused === false)
  /** Of a picture in pixels, once it is there. */
  const widthOf = (picture: Locator): Promise<number | undefined> =>
    picture.evaluate(async (img: { decode?: () => Promise<void>; naturalWidth?: number }) => {
      await img.decode?.()
      return img.naturalWidth
    })
  const heading = () => page.getByRole('heading', { level: 1 })

  it('goes from a search to a track, its sound, its picture and on to a neighbour', async () => {
    await open('/')
    await page.getByRole('searchbox').fill('tone')
    await page.getByText('12 tracks').waitFor()
    expect(page.url()).toContain('q=tone')
    // Markup in a tag is text.
    await page.getByRole('link', { name: 'Tone <b>200</b>' }).click()
    await heading().getByText('Tone <b>200</b>').waitFor()
    expect(await page.title()).toContain('Tone <b>200</b>')
    await page.getByText('CC0-1.0').waitFor()

    await page.getByRole('list').getByRole('listitem').nth(9).waitFor()
    expect(await page.getByRole('list').getByRole('listitem').count()).toBe(10)
    const picture = page.getByRole('img', { name: /spectrogram/i })
    await picture.waitFor()
    expect(await widthOf(picture)).toBe(512)
    for (const kind of ['Waveform', 'Composite']) {
      const drawn = page.getByRole('img', { name: `${kind} of Tone <b>200</b>` })
      await drawn.scrollIntoViewIfNeeded()
      expect(await widthOf(drawn)).toBeGreaterThan(1_000)
    }

    await page.getByRole('button', { name: 'Play Tone <b>200</b>' }).click()
    await page.getByRole('button', { name: 'Pause Tone <b>200</b>' }).waitFor()
    expect(await isPlaying()).toBe(true)
    await page.getByRole('button', { name: 'Play Tone <b>300</b>' }).click()
    await page.getByRole('button', { name: 'Pause Tone <b>300</b>' }).waitFor()
    expect(await page.getByRole('button', { name: /^Pause/ }).count()).toBe(1)
    expect(await page.locator('audio').count()).toBe(1)

    await page.getByRole('list').getByRole('link', { name: 'Tone <b>300</b>' }).click()
    await heading().getByText('Tone <b>300</b>').waitFor()
    expect(await isPlaying()).toBe(true)
    await page.goBack()
    await heading().getByText('Tone <b>200</b>').waitFor()
    await page.goBack()
    await page.getByText('12 tracks').waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('tone')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('leaves what is being typed as it is typed', async () => {
    await open('/')
    const box = page.getByRole('searchbox')
    await box.pressSequentially('tone ')
    await page.getByText('12 tracks').waitFor()
    expect(await box.inputValue()).toBe('tone ')
    await box.pressSequentially('300')
    await page.getByText('1 track', { exact: true }).waitFor()
    expect(await box.inputValue()).toBe('tone 300')
    await page.getByRole('link', { name: 'Soundalike' }).click()
    await page.getByText('15 tracks', { exact: true }).waitFor()
    expect(await box.inputValue()).toBe('')
    await page.goBack()
    await page.getByText('1 track', { exact: true }).waitFor()
    expect(await box.inputValue()).toBe('tone 300')
    expect(complaints).toEqual([])
    await page.close()
  })

  it('opens a track by its address, and works with the keyboard alone', async () => {
    await open(`/tracks/${gateway.library.tones[3]?.id ?? ''}`)
    await heading().getByText('Tone <b>500</b>').waitFor()
    await page.getByRole('list').getByRole('listitem').nth(9).waitFor()
    await page.getByRole('button', { name: 'Play Tone <b>500</b>' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Pause Tone <b>500</b>' }).waitFor()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Play Tone <b>500</b>' }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  it('shows tracks as they are found', async () => {
    await open('/')
    await page.getByText('15 tracks', { exact: true }).waitFor()
    const { ports, waiting } = gateway.library
    const id = trackId(waiting.source, 'late.wav')
    await ports.catalog.upsertTracks([{ ...waiting, id, title: 'Latecomer' }])
    await page.getByRole('link', { name: 'Latecomer' }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  it('says what is the case where there is nothing to show', async () => {
    await open('/?q=zebra')
    await page.getByRole('heading', { name: /Nothing in the library matches/ }).waitFor()
    await page.getByRole('heading', { name: /still being analysed/ }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
    await open(`/tracks/${gateway.library.broken.id}`)
    await page.getByText('There is no picture of this track yet.').waitFor()
    await page.getByRole('alert').getByText('not in an audio format').waitFor()
    await page.close()
    await open('/nowhere')
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    await page.close()
  })
}

if (browserPath === undefined) {
  await skipLoudly('explorer', 'no Chromium: apt-get install chromium')
} else {
  describe('explorer', () => {
    suite(browserPath)
  })
}
