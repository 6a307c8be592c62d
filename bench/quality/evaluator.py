"""The metrics of the footage: its evaluate.py, as a module."""
import importlib.util


def load(folder):
    spec = importlib.util.spec_from_file_location("evaluate", folder / "evaluate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
