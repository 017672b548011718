// The player: the transcript follows the sound, a word that is clicked (or chosen by keyboard) is heard, #t=12.3 leads to
// its second. Nothing plays by itself. Keys work while the focus is inside the player, and never while one types.

const STEP = 5; // seconds

function secondOf(hash) {
  const found = /^#t=(\d+(?:\.\d+)?)$/.exec(hash);
  return found ? Number(found[1]) : null;
}

class Player {
  constructor(root) {
    this.root = root;
    this.followed = root.querySelector("[data-followed]");
    this.audio = this.followed?.querySelector("[data-sound]") ?? null;
    this.list = root.querySelector("[data-transcript]");
    this.segments = [...root.querySelectorAll(".seg")].map((element) => ({
      element, from: Number(element.dataset.from), to: Number(element.dataset.to),
      words: [...element.querySelectorAll("[data-t]")].map((word) => ({ element: word, at: Number(word.dataset.t) })),
    }));
    this.words = this.segments.flatMap((segment) => segment.words);
    this.place = -1; // of the word that the keys are at
    for (const sound of root.querySelectorAll(".sound")) this.wire(sound);
    this.list?.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("keydown", (event) => this.pressed(event));
  }

  wire(sound) {
    const audio = sound.querySelector("[data-sound]");
    if (!audio) return;
    const wave = sound.querySelector("[data-wave]");
    sound.querySelector("[data-speed]")?.addEventListener("change", (event) => {
      audio.playbackRate = Number(event.target.value);
    });
    audio.addEventListener("timeupdate", () => {
      this.draw(wave, audio);
      if (audio === this.audio) this.follow(audio.currentTime);
    });
    audio.addEventListener("play", () => {
      for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    });
    wave?.addEventListener("click", (event) => {
      const box = wave.getBoundingClientRect();
      this.seek(audio, ((event.clientX - box.left) / box.width) * this.length(audio));
    });
  }

  length(audio) {
    return Number.isFinite(audio.duration) ? audio.duration : Number(audio.dataset.seconds) || 0;
  }

  draw(wave, audio) {
    const share = audio.currentTime / (this.length(audio) || 1);
    wave?.querySelector(".played").setAttribute("width", String(Math.min(1, share) * 800));
  }

  seek(audio, second) {
    audio.currentTime = Math.max(0, Math.min(second, this.length(audio) || second));
    this.draw(audio.closest(".sound").querySelector("[data-wave]"), audio);
    if (audio === this.audio) this.follow(audio.currentTime);
  }

  playFrom(second) {
    if (!this.audio) return;
    this.seek(this.audio, second);
    this.audio.play();
  }

  // What is said now: the last segment and word that have begun.
  follow(second) {
    const segment = this.segments.findLast((one) => one.from <= second + 0.05);
    const word = segment?.words.findLast((one) => one.at <= second + 0.05);
    for (const old of this.root.querySelectorAll(".now")) if (old !== word?.element && old !== segment?.element) old.classList.remove("now");
    word?.element.classList.add("now");
    if (!segment || segment.element.classList.contains("now")) return;
    segment.element.classList.add("now");
    if (this.root.querySelector("[data-follow]")?.checked ?? true) this.show(segment.element);
  }

  show(element) {
    const top = element.offsetTop - this.list.clientHeight / 3;
    if (element.offsetTop < this.list.scrollTop || element.offsetTop + element.offsetHeight > this.list.scrollTop + this.list.clientHeight) this.list.scrollTo({ top });
  }

  clicked(event) {
    const word = event.target.closest("[data-t]");
    if (word && !String(getSelection())) this.playFrom(Number(word.dataset.t));
    const time = event.target.closest("a.at");
    if (time && this.audio) {
      event.preventDefault();
      history.replaceState(null, "", time.hash);
      this.playFrom(secondOf(time.hash));
    }
  }

  go(place) {
    this.place = Math.max(0, Math.min(place, this.words.length - 1));
    this.words[this.place]?.element.focus({ preventScroll: true });
    if (this.words[this.place]) this.show(this.words[this.place].element.closest(".seg"));
  }

  // To the first word of the segment before or after that of the word one is at.
  leap(step) {
    const here = this.segments.findIndex((one) => one.words.includes(this.words[this.place]));
    const there = this.segments[Math.max(0, here + step)];
    if (there?.words.length) this.go(this.words.indexOf(there.words[0]));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("audio, input, select, textarea, button, summary")) return;
    const isLink = event.target.closest("a");
    const inWords = event.target === this.list || event.target.matches("[data-t]");
    const keys = {
      k: () => this.audio && (this.audio.paused ? this.audio.play() : this.audio.pause()),
      j: () => this.audio && this.seek(this.audio, this.audio.currentTime - STEP),
      l: () => this.audio && this.seek(this.audio, this.audio.currentTime + STEP),
    };
    if (inWords && this.words.length) {
      Object.assign(keys, {
        ArrowRight: () => this.go(this.place + 1), ArrowLeft: () => this.go(this.place - 1),
        ArrowDown: () => this.leap(1), ArrowUp: () => this.leap(-1),
        Home: () => this.go(0), End: () => this.go(this.words.length - 1),
      });
      if (!isLink) keys.Enter = () => this.place >= 0 && this.playFrom(this.words[this.place].at);
    }
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // An address that names a second: be there, and wait to be played.
  arrive() {
    const second = secondOf(location.hash);
    if (second === null) return;
    this.follow(second);
    const now = this.root.querySelector(".seg.now");
    if (now) this.show(now);
    if (this.audio) this.audio.currentTime = second;
  }
}

function start(scope) {
  for (const root of scope.querySelectorAll("[data-player]")) {
    if (root.dataset.player) continue;
    root.dataset.player = "on";
    const player = new Player(root);
    player.arrive();
    addEventListener("hashchange", () => player.arrive());
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target.parentElement ?? document));
