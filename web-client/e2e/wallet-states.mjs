// The rewards in every state, against the doubles of the server and of wallets. Scenes of states.mjs.

/** Makes the scenes of what states.mjs has: it opens pages, keeps pictures, plays scripts and looks. */
export function walletScenes({ url, keep, call, play, script, expect }) {
  return { wallet, walletCall, walletKeys }

  /** Looking at rewards outside of a call: none, a choice of wallets, signing in, all stages, claiming, and what goes wrong. */
  async function wallet(page, name) {
    await page.goto(url)
    await open(page)
    // Nobody has an account unasked: what joining means is said first, and its texts can be read.
    await page.getByText('There is no wallet in this browser').waitFor()
    await keep(page, name, '20-join')
    await page.getByText('What bookings earn').click()
    await page.getByText('You can take this back at any time.').waitFor()
    await keep(page, name, '20-join-read')
    if (name.includes('mobile')) {
      await page.setViewportSize({ width: 320, height: 640 })
      await keep(page, `${name}-320`, '20-join-read')
      await page.setViewportSize({ width: 390, height: 844 })
    }
    const unasked = await page.evaluate(() => [window.__wallet.agreed.length, Object.keys(window.__wallet.accounts).length, localStorage.getItem('voxfare-account')])
    expect(unasked.join() === '0,0,', `${name}: before joining there was ${unasked}`)
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByText('Kept for you').waitFor()
    const joined = await page.evaluate(() => window.__wallet.agreed)
    expect(joined.join() === 'rewards 1,custody 1', `${name}: agreed to ${joined}`)
    await keep(page, name, '21-rewards-none')
    if (name.includes('mobile')) {
      await page.setViewportSize({ width: 320, height: 640 })
      await keep(page, `${name}-320`, '21-rewards-none')
      await page.setViewportSize({ width: 390, height: 844 })
    }
    // A newer text is asked for, and agreed to by itself.
    await page.evaluate(() => window.__wallet.change())
    await page.keyboard.press('Escape')
    await open(page)
    await page.getByText('The terms have changed').waitFor()
    await keep(page, name, '21-terms-changed')
    await page.getByRole('button', { name: 'Agree', exact: true }).click()
    await page.locator('[data-join]').waitFor({ state: 'detached' })
    const anew = await page.evaluate(() => window.__wallet.agreed)
    expect(anew.join() === 'rewards 1,custody 1,rewards 2', `${name}: agreed to ${anew}`)
    // What was agreed to can be taken back where its words stand, and be agreed to again.
    await page.getByRole('heading', { name: 'What you agreed to' }).scrollIntoViewIfNeeded()
    await page.locator('[data-terms=rewards]').last().locator('summary').click()
    await keep(page, name, '21-agreed')
    await page.getByRole('button', { name: 'Take back: What bookings earn' }).click()
    await page.getByText('You earn nothing now').waitFor()
    await page.getByText('You took back your agreement.').waitFor({ state: 'attached' })
    await page.locator('[data-wallet]').evaluate((sheet) => sheet.scrollTo(0, 0))
    await keep(page, name, '21-taken-back')
    await page.getByRole('button', { name: 'Agree again' }).click()
    await page.locator('[data-join]').waitFor({ state: 'detached' })
    await page.evaluate(() => window.__wallet.announce('Albatross', 'Long-haul Multi-signature Wallet of Record'))
    await page.getByRole('button', { name: 'Albatross' }).waitFor()
    await keep(page, name, '22-rewards-choice')
    await page.evaluate(() => (window.__wallet.answers.personal_sign = 'wait'))
    await page.getByRole('button', { name: 'Albatross' }).click()
    await page.getByText('Sign the message in Albatross').waitFor()
    await keep(page, name, '23-rewards-signing')
    // A question that stays open ends with the page. The double knows its accounts no more: whoever signs in agrees to the same.
    await page.reload()
    await page.evaluate(() => {
      window.__wallet.announce('Albatross')
      window.__wallet.answers.personal_sign = 4001
    })
    await open(page)
    await page.getByText('you agree to the same').waitFor()
    await page.getByRole('button', { name: 'Sign in with Albatross' }).click()
    await page.getByText('You said no').waitFor()
    await keep(page, name, '24-rewards-declined')
    await page.evaluate(fill)
    await page.getByRole('button', { name: 'Sign in with Albatross' }).click()
    await page.getByText('Signed in').waitFor()
    await keep(page, name, '25-rewards-own')
    await scroll(page, 'Rewards')
    await keep(page, name, '26-rewards-stages')
    const shown = await page.evaluate(() => [...document.querySelectorAll('[data-wallet] [data-reward]')].map((line) => line.dataset.stage))
    expect(shown.join() === 'issued,claimed,settled,reversed,owing', `${name}: stages ${shown}`)
    await page.getByRole('button', { name: 'Show older ones' }).click()
    await page.waitForFunction(() => document.querySelectorAll('[data-wallet] [data-reward]').length === 7)
    await page.evaluate(() => (window.__wallet.answers.eth_sendTransaction = 4001))
    await page.getByRole('button', { name: 'Claim with my wallet' }).click()
    await page.getByText('Nothing was done').waitFor()
    await keep(page, name, '27-rewards-claim-declined')
    await page.evaluate(() => (window.__wallet.answers.eth_sendTransaction = '0x7a5b'))
    await page.getByRole('button', { name: 'Claim with my wallet' }).click()
    await page.getByText('Sent to the chain').waitFor()
    await page.evaluate(() => (window.__wallet.mode = 'down'))
    await page.reload()
    await page.evaluate(() => (window.__wallet.mode = 'down'))
    await open(page)
    await page.getByText('Voxfare does not answer').waitFor()
    await keep(page, name, '28-rewards-unreachable')
    // After the reload the double knows no account: the linked one was forgotten, and that is said.
    await page.evaluate(() => {
      window.__wallet.mode = 'ok'
      window.__wallet.announce('Albatross')
    })
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('Your wallet was signed out').waitFor()
    await keep(page, name, '29-rewards-signed-out')
  }

  /** A reward arrives in a running call, moves on, and is taken back. */
  async function walletCall(page, name) {
    await page.goto(url)
    await page.evaluate(() => localStorage.clear())
    await call(page)
    await play(page, await script('booking'))
    // No account is made for a booking; that bookings earn is said once, quietly.
    const reference = await page.locator('p.text-3xl.font-mono').first().textContent()
    await page.locator('[data-hint]').waitFor()
    const [hinted, used] = await page.evaluate(() => [document.querySelectorAll('[data-hint]').length, window.__double.received.filter(({ type }) => type === 'voxfare.account.use').length])
    expect(hinted === 1 && used === 0, `${name}: ${hinted} hints, ${used} accounts`)
    await keep(page, name, '30-booking-hint')
    await page.getByRole('button', { name: 'See rewards' }).click()
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByText('Kept for you').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.locator('[data-hint]').waitFor({ state: 'detached' })
    await page.waitForFunction(() => window.__double.received.some(({ type, token }) => type === 'voxfare.account.use' && token === 'tok_1'))
    await tell(page, reference, 'earned', 12.5, 0)
    await tell(page, reference, 'claimed', 12.5, 0)
    await page.locator(`[data-reward="${reference}"][data-stage=claimed]`).first().waitFor()
    await keep(page, name, '30-reward-arrives')
    await tell(page, reference, 'settled', 12.5, 12.5)
    await page.getByRole('button', { name: 'Rewards: 12.50 TRVL' }).waitFor()
    const spoken = await page.locator('[data-told]').first().textContent()
    expect(spoken.endsWith('12.50 TRVL. Settled. It is yours.'), `${name}: read out ${spoken}`)
    await keep(page, name, '31-reward-settled')
    await tell(page, reference, 'owing', 12.5, 12.5)
    await page.locator(`[data-reward="${reference}"][data-stage=owing]`).first().waitFor()
    await keep(page, name, '32-reward-owing')
  }

  /** By keys alone: the sheet opens, keeps the focus, closes and gives it back, and the call behind it stays. */
  async function walletKeys(page, name) {
    await page.goto(url)
    await call(page)
    await page.evaluate(() => window.__wallet.announce('Albatross'))
    await page.getByRole('button', { name: 'Rewards' }).focus()
    await page.keyboard.press('Enter')
    // A text opens by keys, and so does the way in.
    await page.locator('[data-terms=custody] summary').focus()
    await page.keyboard.press('Enter')
    await page.getByText('Whoever has the token has the account.').waitFor()
    await page.getByRole('button', { name: 'Join', exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Kept for you').waitFor()
    const place = await page.evaluate(() => document.activeElement?.closest('[data-wallet]') !== null)
    expect(place, `${name}: the focus went with the button`)
    await page.getByText('You agreed. Bookings earn from now on.').waitFor({ state: 'attached' })
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab')
      const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('[data-wallet]') !== null)
      expect(inside, `${name}: the focus left the sheet at step ${step}`)
    }
    await page.getByRole('button', { name: 'Sign in with Albatross' }).focus()
    await page.keyboard.press('m')
    await page.keyboard.press('Space')
    await page.getByText('Signed in').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[data-wallet]').waitFor({ state: 'detached' })
    const after = await page.evaluate(() => ({ focus: document.activeElement?.getAttribute('aria-label') ?? '', stands: document.querySelector('[data-standing]').textContent, hungUp: window.__double.hungUp }))
    expect(after.focus.startsWith('Rewards') && after.stands === 'Listening' && after.hungUp === 0, `${name}: after the sheet ${JSON.stringify(after)}`)
    const used = await page.evaluate(() => window.__double.received.flatMap(({ type, token }) => (type === 'voxfare.account.use' ? [token] : [])))
    expect(used.length >= 2 && new Set(used).size === used.length, `${name}: accounts used ${used}`)
    // A server without rewards says so, and offers none from then on.
    await page.evaluate(() => (window.__wallet.mode = 'none'))
    await page.keyboard.press('Enter')
    await page.getByText('This server gives no rewards').waitFor()
    await keep(page, name, '33-rewards-nowhere')
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: /^Rewards/u }).waitFor({ state: 'detached' })
  }

  async function open(page) {
    await page.getByRole('button', { name: /^Rewards/u }).click()
    await page.locator('[data-wallet]').waitFor()
  }

  async function tell(page, reference, stage, whole, balance) {
    await page.evaluate(([of, at, much, held]) => {
      const { reward, told, balanced, used } = window.__wallet
      const said = reward(of, at, much, `70% of the 22.38 USD commission on booking ${of}.`, 0)
      window.__wallet.rewards = [said]
      window.__wallet.balance = held
      window.__wallet.pending = at === 'settled' || at === 'owing' ? 0 : much
      window.__double.emit(used(false))
      window.__double.emit(told(said))
      window.__double.emit(balanced())
    }, [reference, stage, whole, balance])
  }

  async function scroll(page, label) {
    await page.getByRole('list', { name: label, exact: true }).evaluate((list) => list.scrollIntoView({ block: 'start' }))
  }

  function fill() {
    const { reward, voucher } = window.__wallet
    Object.assign(window.__wallet, { balance: 1062.5, pending: 21, staked: 650, owing: 4.2, answers: {}, vouchers: [voucher('QX7LMA')] })
    window.__wallet.rewards = [
      reward('QX7LMA', 'issued', 12.5, '70% of the 32.00 USD commission on booking QX7LMA; the payment is being prepared.', 2),
      reward('HB2KTR', 'claimed', 8.5, '70% of the 15.22 USD commission on booking HB2KTR; it is paid once it can no longer be taken back.', 30),
      reward('ZN4PWD', 'settled', 31.75, '70% of the 56.83 USD commission on booking ZN4PWD.', 200),
      reward('MT9VCE', 'reversed', 6, 'Booking MT9VCE was cancelled: nothing is earned.', 400),
      reward('PL3SGK', 'owing', 4.2, 'Booking PL3SGK was cancelled after its reward was paid: it is owed back.', 700),
      reward('AB1CDE', 'settled', 1000, '', 900),
      reward('FG5HIJ', 'nothing', 0, 'Booking FG5HIJ earns no commission.', 1000),
    ]
  }
}
