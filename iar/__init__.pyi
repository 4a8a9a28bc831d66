from iar.library.fringes import classical as classical
from iar.library.fringes import probability as probability
from iar.library.fringes import spacing as spacing
from iar.library.nights import open as open
from iar.library.pictures import plot_night as plot_night
from iar.library.simulated import simulate as simulate
from iar.library.spectrograms import spectrogram as spectrogram

__version__: str
