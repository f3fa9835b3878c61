/** A Debian package with music in it. */
export interface MusicPackage {
  name: string
  /** Folder of the package that holds the music. */
  folder: string
  album: string
  artist: string
  /** As the package's `debian/copyright` says for these files. */
  licence: string
}

const cho = (name: string, album: string, folder = 'sounds'): MusicPackage => ({
  name: `${name}-data`,
  folder: `usr/share/games/${name}/${folder}`,
  album,
  artist: 'Kenta Cho',
  licence: 'BSD-2-Clause',
})

/** Small packages of Debian's main archive whose music is freely licensed; 89 MB to download together. */
export const musicPackages: readonly MusicPackage[] = [
  cho('noiz2sa', 'Noiz2sa'),
  cho('parsec47', 'PARSEC47'),
  cho('gunroar', 'Gunroar', 'sounds/musics'),
  cho('torus-trooper', 'Torus Trooper', 'sounds/musics'),
  cho('a7xpg', 'A7Xpg'),
  cho('rrootage', 'rRootage'),
  cho('mu-cade', 'Mu-cade', 'sounds/musics'),
  cho('tumiki-fighters', 'Tumiki Fighters'),
  cho('titanion', 'Titanion', 'sounds/musics'),
  {
    name: 'amoebax-data',
    folder: 'usr/share/games/amoebax/music',
    album: 'Amoebax',
    artist: 'Àlex Almarza',
    licence: 'Free-Art-License-1.2',
  },
  {
    name: 'wordwarvi-sound',
    folder: 'usr/share/wordwarvi/sounds',
    album: 'Word War vi',
    artist: 'Stephen M. Cameron and others',
    licence: 'CC-BY-SA-3.0',
  },
  {
    name: 'adonthell-data',
    folder: 'usr/share/games/adonthell/games/wastesedge/audio',
    album: "Waste's Edge",
    artist: 'ZhayTee',
    licence: 'GPL-2.0-or-later',
  },
  {
    name: 'neverball-common',
    folder: 'usr/share/games/neverball/bgm',
    album: 'Neverball',
    artist: 'Neverball contributors',
    licence: 'GPL-2.0-or-later',
  },
]
