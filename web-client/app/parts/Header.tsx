// The top line of the page.
import { LinkQuality } from './LinkQuality.tsx'
import { Logo } from './Logo.tsx'
import { ThemeToggle } from './ThemeToggle.tsx'
import { WalletButton } from './WalletButton.tsx'

/** Name, connection, rewards, appearance. */
export function Header() {
  return (
    <header className="flex h-16 shrink-0 items-center justify-between px-4 sm:px-6">
      <Logo />
      <div className="flex items-center gap-1">
        <LinkQuality />
        <WalletButton />
        <ThemeToggle />
      </div>
    </header>
  )
}
